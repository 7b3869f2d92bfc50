"""Client keys against the whole product: what they open, what they do not, and for how long."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from starlette.routing import Route

from codex2api.api.desk import Desk
from codex2api.api.front import ADMIN_PATHS, Front
from codex2api.api.gate import ASKING
from codex2api.api.health import OPEN_PATHS
from codex2api.app.front import build_front
from codex2api.app.lasting import build_lasting
from codex2api.callers.grants import NO_GRANTS
from codex2api.callers.keys import new_key
from codex2api.settings import load_settings
from tests.keys import CHAT, HELLO, PATH, becomes, client_of, create_key, error_of
from tests.served import Served, served, sign_in
from tests.store.opened import opened_keys

pytestmark = pytest.mark.asyncio(loop_scope="module")


NOT_ASKING = {
    "/v1/messages/count_tokens",
    "/v1/responses/input_tokens",
    "/v1/responses/{response_id}/cancel",
    "/v1/conversations",
    "/v1/conversations/{conversation_id}",
    "/v1/conversations/{conversation_id}/items",
    "/v1/chat/completions/{completion_id}",
    "/v1/files",
    "/auth/login",
    "/auth/callback",
    "/auth/device",
    "/auth/logout",
    "/admin/api/accounts/import",
    "/admin/api/accounts/{label}/refresh",
    "/admin/api/keys",
    "/admin/api/notice",
    "/admin/api/server/doctor",
    "/admin/api/session",
}
"""Where POST asks no model: a new route has to be put here, or into the gate."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home = tmp_path_factory.mktemp("home")
    async with served(home) as running:
        for label in ("anne", "ben"):
            sign_in(home, running.simulator, label=label)
        yield running


async def test_another_process_opens_and_shuts_the_door_of_a_running_server(
    product: Served,
) -> None:
    secret, key = new_key("elsewhere", NO_GRANTS, None, time.time())
    async with (
        opened_keys(product.home / "data" / "codex2api.db") as keys,
        client_of(product, secret) as client,
    ):
        assert (await client.get("/v1/models")).status_code == 401
        await keys.add(key)
        await becomes(200, lambda: client.get("/v1/models"))
        await keys.remove("elsewhere")
        await becomes(401, lambda: client.get("/v1/models"))


async def test_keys_are_known_from_the_start_and_a_use_is_taken_down(tmp_path: Path) -> None:
    secret, key = new_key("early", NO_GRANTS, None, time.time())
    async with opened_keys(tmp_path / "data" / "codex2api.db") as keys:
        await keys.add(key)
    async with served(tmp_path) as product, client_of(product, secret) as client:
        assert (await client.post(CHAT, json=HELLO)).status_code == 200
    async with opened_keys(tmp_path / "data" / "codex2api.db") as keys:
        found = await keys.read()
    assert found is not None
    assert found.keys[0].last_used is not None


async def test_a_server_without_keys_has_no_database(tmp_path: Path) -> None:
    async with served(tmp_path) as product, client_of(product, product.key) as client:
        assert (await client.post(CHAT, json=HELLO)).status_code == 200
        assert not (tmp_path / "data" / "codex2api.db").exists()


async def test_what_the_owner_sees_of_a_key(product: Served) -> None:
    said = {"requests": "100/1h", "models": ["gpt-5*"], "account": "anne", "expires": "30d"}
    created = await create_key(product, "seen", **said)
    async with client_of(product, product.key) as owner:
        listed = {key["name"]: key for key in (await owner.get(PATH)).json()["data"]}
        shown = listed["seen"]
        assert shown["tail"] == created["key"][-4:]
        assert (shown["requests"], shown["models"], shown["account"]) == (
            "100/1h",
            ["gpt-5*"],
            "anne",
        )
        assert "key" not in shown
        assert created["key"] not in json.dumps(listed)
        changed = await owner.patch(f"{PATH}/seen", json={"requests": None, "reserve": True})
        assert (changed.json()["requests"], changed.json()["reserve"]) == (None, True)
        assert changed.json()["account"] == "anne"
        assert changed.json()["expires"] == created["expires"]
        revoked = await owner.delete(f"{PATH}/seen")
        assert (revoked.json()["name"], revoked.json()["id"]) == ("seen", created["id"])
        assert (await owner.delete(f"{PATH}/seen")).status_code == 404
    async with client_of(product, created["key"]) as client:
        assert (await client.get("/v1/models")).status_code == 401


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"name": "a b"}, "name"),
        ({"name": "owner"}, "name"),
        ({"name": "x", "requests": "many"}, "requests"),
        ({"name": "x", "expires": "2001-01-01"}, "expires"),
        ({"name": "x", "concurrency": 0}, "concurrency"),
        ({"name": "x", "request": "1/1h"}, "request"),
        ({}, "name"),
    ],
)
async def test_a_bad_wish_for_a_key_names_its_field(
    product: Served, said: dict[str, Any], param: str
) -> None:
    async with client_of(product, product.key) as owner:
        answer = await owner.post(PATH, json=said)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_two_keys_of_one_name_there_are_not(product: Served) -> None:
    await create_key(product, "twice")
    async with client_of(product, product.key) as owner:
        assert error_of(await owner.post(PATH, json={"name": "twice"}))[:2] == (400, "name_taken")


async def test_a_key_is_no_admin(product: Served) -> None:
    created = await create_key(product, "curious", reserve=True)
    async with client_of(product, created["key"]) as client:
        for method, path in (
            ("GET", PATH),
            ("POST", PATH),
            ("DELETE", f"{PATH}/curious"),
            ("PATCH", f"{PATH}/curious"),
            ("GET", "/auth/status"),
            ("POST", "/auth/logout"),
            ("GET", "/openapi.json"),
        ):
            body = {} if method in ("GET", "DELETE") else {"json": {"name": "mine"}}
            answer = await client.request(method, path, **body)
            assert error_of(answer)[:2] == (401, "invalid_api_key"), path
        assert (await client.get("/v1/models")).status_code == 200


async def test_a_key_opens_nothing_from_an_address(product: Served) -> None:
    key = (await create_key(product, "address"))["key"]
    async with httpx2.AsyncClient(base_url=product.url) as client:
        for name in ("key", "api_key", "api-key", "access_token", "token"):
            answer = await client.get("/v1/models", params={name: key})
            assert answer.status_code == 401
            assert key not in answer.text
        assert (await client.get("/v1/models", headers={"cookie": f"key={key}"})).status_code == 401
        assert (await client.get("/v1/models", headers={"x-api-key": key})).status_code == 200


NO_KEY = {(401, "invalid_api_key"), (429, "too_many_wrong_keys")}
"""What a wrong key is told; the second after many of them."""


async def test_nearly_a_key_is_none(product: Served) -> None:
    key = (await create_key(product, "nearly"))["key"]
    odd = [
        key[:-1],
        f"{key}x",
        key.upper(),
        f"{key} {key}",
        key.encode().hex(),
        "sk-c2a-",
        "*",
        "%",
    ]
    async with httpx2.AsyncClient(base_url=product.url) as client:
        for attempt in odd:
            answer = await client.post(
                CHAT, json=HELLO, headers={"authorization": f"Bearer {attempt}"}
            )
            assert error_of(answer)[:2] in NO_KEY, attempt
            assert attempt not in answer.json()["error"]["message"] or len(attempt) == 1


def front(home: Path) -> Front:
    settings = load_settings({}, {"CODEX2API_HOME": str(home)})
    return build_front(settings, build_lasting(settings, Desk()))


def routes_of(app: Front) -> set[tuple[str, str]]:
    """Every method and path that is served, also those that the API reference hides."""
    behind: Any = app.cold
    cold = behind.behind.load()()
    found = {("POST", path) for path in app.hot} | {("GET", path) for path in app.sockets}
    waiting = list(cold.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, Route):
            found |= {(method, route.path) for method in route.methods or ()}
        else:
            waiting += route.original_router.routes  # of a kind without it nobody is told
    return found


SHOWN = {("GET", "/sign-in"), ("GET", "/static/{digest}/{language}/{name}")}
"""The dashboard's sign-in page, and what pages load: neither holds anything of the owner's."""


async def test_every_route_needs_a_key(tmp_path: Path) -> None:
    app = front(tmp_path)
    transport = httpx2.ASGITransport(app)
    checked = 0
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for method, path in sorted(routes_of(app)):
            if (method, path) in SHOWN or path in OPEN_PATHS or path.startswith("/sign-in/"):
                continue
            for headers in ({}, {"authorization": "Bearer sk-c2a-wrong"}, {"x-api-key": "wrong"}):
                answer = await client.request(method, path, headers=headers)
                # Only who shows a wrong key, and many of them, is told something else than 401.
                assert answer.status_code in ((401, 429) if headers else (401,)), (method, path)
                checked += 1
    assert checked > 100


async def test_every_route_that_asks_a_model_passes_the_gate(tmp_path: Path) -> None:
    app = front(tmp_path)
    posted = {path for method, path in routes_of(app) if method == "POST"}
    assert set(app.hot) <= ASKING
    assert posted >= ASKING
    assert posted - ASKING == NOT_ASKING
    assert all(path.startswith(ADMIN_PATHS) for path in (PATH, "/auth/login"))
