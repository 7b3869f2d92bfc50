"""The dashboard over HTTP: what it tells browsers, whom it lets in, and what a session may do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets import InvalidStatus, Origin
from websockets.asyncio.client import connect

from codex2api.dashboard.site import PAGES
from codex2api.dashboard.tickets import link_path
from tests.served import Served, served

BROWSER = {"accept": "text/html,*/*", "sec-fetch-dest": "document", "sec-fetch-site": "none"}
ASK = {"model": "gpt-5.5", "input": "Hi"}
PATIENCE = 60


def http(product: Served, **options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=product.url, timeout=PATIENCE, **options)


@asynccontextmanager
async def signed_in(product: Served) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody with a session and no key."""
    async with http(product) as client:
        answer = await client.get(link_path(product.key, time.time()))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        yield client


async def test_every_page_says_how_little_it_may_do(tmp_path: Path) -> None:
    async with served(tmp_path) as product, signed_in(product) as client:
        paths = [*(page.path for page in PAGES)]
        for path in paths:
            page = await client.get(path, headers=BROWSER)
            assert page.status_code == 200
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["x-frame-options"] == "DENY"
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["cross-origin-opener-policy"] == "same-origin"
            assert "<style" not in page.text
            assert " style=" not in page.text
            assert "onclick" not in page.text
            assert product.key not in page.text


async def test_strangers_see_the_sign_in_and_programs_an_error(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        page = await client.get("/usage", headers=BROWSER)
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fusage")
        assert (await client.get("/usage")).json()["error"]["code"] == "invalid_api_key"
        assert (await client.get("/sign-in")).status_code == 200
        assert (await client.get("/", headers=product.bearer)).status_code == 200
        lost = await client.get("/sign-in", headers={"host": "rebound.example"})
        assert lost.json()["error"]["code"] == "misdirected_request"


async def test_a_client_key_is_no_owners(tmp_path: Path) -> None:
    key = "a-client-key-of-the-environment-0123456789"
    async with served(tmp_path, **{"server.apiKeys": key}) as product, http(product) as client:
        bearer = {"authorization": f"Bearer {key}"}
        assert (await client.get("/v1/models", headers=bearer)).status_code == 200
        assert (await client.post("/admin/api/session", headers=bearer)).status_code == 401
        page = await client.get("/", headers=bearer)
        assert "owner's key" in page.json()["error"]["message"]


async def test_no_auth_makes_nobody_the_owner(tmp_path: Path) -> None:
    async with served(tmp_path, **{"server.auth": "none"}) as product, http(product) as client:
        assert (await client.get("/", headers=BROWSER)).status_code == 303
        assert (await client.get("/admin/api/overview")).status_code == 401
        async with signed_in(product) as owner:
            assert (await owner.get("/admin/api/overview")).status_code == 200


async def test_a_session_is_a_caller_for_the_playground(tmp_path: Path) -> None:
    async with served(tmp_path) as product, signed_in(product) as client:
        assert (await client.get("/v1/models")).status_code == 200
        refused = await client.post("/v1/responses", json=ASK)
        assert refused.json()["error"]["code"] == "forbidden"
        own = {"origin": product.url, "sec-fetch-site": "same-origin"}
        assert (await client.post("/v1/responses", json=ASK, headers=own)).status_code == 200


@pytest.mark.parametrize(
    "whence",
    [
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
async def test_no_other_page_uses_a_session(tmp_path: Path, whence: dict[str, str]) -> None:
    async with served(tmp_path) as product, signed_in(product) as client:
        for method, path in (
            ("POST", "/v1/responses"),
            ("POST", "/admin/api/keys"),
            ("DELETE", "/admin/api/session"),
            ("GET", "/admin/api/overview"),
            ("GET", "/admin/api/live"),
        ):
            answer = await client.request(method, path, json=ASK, headers=whence)
            assert answer.json()["error"]["code"] == "forbidden"
        frame = {**whence, "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}
        assert (await client.get("/", headers=frame)).status_code == 403


async def test_a_listed_page_needs_a_key_also_beside_a_session(tmp_path: Path) -> None:
    listed = {"origin": "http://localhost:5173", "sec-fetch-site": "same-site"}
    origins = {"server.allowedOrigins": [listed["origin"]]}
    async with served(tmp_path, **origins) as product, signed_in(product) as client:
        for method, path in (("GET", "/v1/models"), ("POST", "/auth/logout")):
            assert (await client.request(method, path, headers=listed)).status_code == 401
        keyed = {**listed, **product.bearer}
        assert (await client.get("/v1/models", headers=keyed)).status_code == 200
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        address = f"{product.v1.replace('http', 'ws', 1)}/responses"
        for origin, opens in ((listed["origin"], False), (product.url, True)):
            asked = {"additional_headers": {"cookie": cookie}, "origin": Origin(origin)}
            with nullcontext() if opens else pytest.raises(InvalidStatus, match="401"):
                async with connect(address, **asked):
                    pass


async def test_assets_are_kept_for_ever_and_compressed(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        page = (await client.get("/sign-in", headers={"accept-language": "zh-CN,zh;q=0.9"})).text
        (address,) = {
            part.split('"')[0] for part in page.split('src="') if "sign-in.js" in part.split('"')[0]
        }
        assert "/zh_Hans/" in address
        asset = await client.get(address)
        assert asset.headers["content-encoding"] == "gzip"
        assert "immutable" in asset.headers["cache-control"]
        assert asset.headers["x-content-type-options"] == "nosniff"
        plain = await client.get(address, headers={"accept-encoding": "identity"})
        assert (plain.text, "content-encoding" in plain.headers) == (asset.text, False)
        assert (await client.get("/static/0000000000000000/en/style.css")).status_code == 404


async def events(stream: httpx2.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """Number, name and data of each event."""
    number = name = ""
    async for line in stream.aiter_lines():
        field, _, value = line.partition(": ")
        match field:
            case "id":
                number = value
            case "event":
                name = value
            case "data":
                yield number, name, json.loads(value)


async def number_is(client: httpx2.AsyncClient, number: int) -> None:
    """Wait until a call is in the ledger."""
    while True:
        found = (await client.get("/admin/api/requests")).json()["data"]
        if found[0]["number"] == number:
            return
        await asyncio.sleep(0.05)


async def test_the_feed_numbers_calls_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE), served(tmp_path) as product, signed_in(product) as client:
        own = {"origin": product.url}
        async with client.stream("GET", "/admin/api/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers.get("content-encoding") is None
            heard = events(stream)
            assert await anext(heard) == ("0", "hello", {})
            await client.post("/v1/responses", json=ASK, headers=own)
            async for number, name, data in heard:
                if name == "calls":
                    assert (number, [call["number"] for call in data]) == ("1", [1])
                    break
        await client.post("/v1/responses", json={**ASK, "model": "none"}, headers=own)
        await number_is(client, 2)
        async with client.stream(
            "GET", "/admin/api/live", headers={"last-event-id": "1"}
        ) as stream:
            heard = events(stream)
            assert (await anext(heard))[1] == "hello"
            number, name, data = await anext(heard)
            assert (number, name, data[0]["status"]) == ("2", "calls", 404)
        async with client.stream("GET", "/admin/api/live?after=77") as stream:
            heard = events(stream)
            assert (await anext(heard), await anext(heard)) == (
                ("2", "hello", {}),
                ("2", "again", {}),
            )


async def test_pages_say_what_cannot_be_told(tmp_path: Path) -> None:
    settings = {"ledger.retentionDays": 0}
    async with served(tmp_path, signed_in=False, **settings) as product, http(product) as client:
        answer = (await client.get("/admin/api/overview", headers=product.bearer)).json()
        assert (answer["accounts"], answer["usage"], answer["calls"]) == ([], None, [])
        assert "retentionDays" in answer["ledger_problem"]


async def test_settings_have_an_origin_and_secrets_none_of_their_value(tmp_path: Path) -> None:
    key = "a-client-key-of-the-environment-0123456789"
    async with served(tmp_path, **{"server.apiKeys": key}) as product, http(product) as client:
        answer = await client.get("/admin/api/server", headers=product.bearer)
        told = {each["key"]: each for each in answer.json()["settings"]}
        assert told["server.apiKeys"]["value"] == "(hidden)"
        assert told["server.apiKeys"]["origin"] == "command line"
        assert told["server.port"]["origin"] == "default"
        assert key not in answer.text
        assert answer.json()["database"] == "SQLite"
        reached = await client.get("/admin/api/server/upstream", headers=product.bearer)
        assert reached.json()["problem"] is None


async def test_an_account_is_paused_for_every_start(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product, headers=product.bearer) as client:
        await client.post("/admin/api/accounts/default/refresh")
        answer = await client.patch("/admin/api/accounts/default", json={"paused": True})
        assert (answer.json()["state"], len(answer.json()["windows"])) == ("paused", 2)
        assert (await client.get("/health/ready")).status_code == 503
        assert (
            await client.patch("/admin/api/accounts/none", json={"paused": True})
        ).status_code == 401
    async with (
        served(tmp_path, signed_in=False) as product,
        http(product, headers=product.bearer) as client,
    ):
        refused = await client.post("/v1/responses", json=ASK)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "account_paused")
        answer = await client.patch("/admin/api/accounts/default", json={"paused": False})
        assert answer.json()["state"] == "active"


async def test_no_token_reaches_a_browser(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product, headers=product.bearer) as client:
        held = json.loads((tmp_path / "data" / "tokens.json").read_text())
        paths = ("/admin/api/overview", "/admin/api/accounts", "/admin/api/server", "/")
        said = "".join([(await client.get(path)).text for path in paths])
        for name in ("access_token", "refresh_token", "id_token"):
            assert held[name] not in said
        assert product.key not in said
