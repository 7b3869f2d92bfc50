"""Client keys against the whole product: what they open, what they do not, and for how long."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from starlette.routing import Route
from websockets.asyncio.client import connect

from codex2api.api.front import ADMIN_PATHS, OPEN_PATHS, Front
from codex2api.api.gate import ASKING
from codex2api.app import create_app
from codex2api.callers.grants import NO_GRANTS
from codex2api.callers.keys import new_key
from codex2api.settings import load_settings
from codex2api.store.keys import opened_keys
from tests.keys import PATH, client_of, create_key, error_of
from tests.served import Served, served, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60
"""Seconds until something that takes two is called missing."""

CHAT = "/v1/chat/completions"
HELLO = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]}
RESPOND = {"model": "gpt-5.5", "input": "hello"}

_OTHER = {"model": "gpt-5.4", "input": "hello"}
_PICTURE = {"image": ("cat.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png")}
_SOUND = {"file": ("cat.wav", b"RIFF" + bytes(40), "audio/wav")}

FORBIDDEN: dict[str, dict[str, Any]] = {
    CHAT: {"json": {**HELLO, "model": "gpt-5.4"}},
    "/v1/completions": {"json": {"model": "gpt-5.4", "prompt": "hello"}},
    "/v1/responses": {"json": _OTHER},
    "/v1/responses/compact": {"json": _OTHER},
    "/v1/images/generations": {"json": {"prompt": "a cat"}},
    "/v1/images/edits": {"files": _PICTURE, "data": {"prompt": "a cat"}},
    "/v1/audio/transcriptions": {"files": _SOUND, "data": {"model": "gpt-4o-transcribe"}},
    "/backend-api/codex/responses": {"json": _OTHER},
    "/backend-api/codex/responses/compact": {"json": _OTHER},
}
"""What a key that may use gpt-5.5 alone may not ask."""

NOT_ASKING = {
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
    "/admin/api/keys",
}
"""Where POST asks no model: a new route has to be put here, or into the gate."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home = tmp_path_factory.mktemp("home")
    async with served(home) as running:
        for label in ("anne", "ben"):
            sign_in(home, running.simulator, label=label)
        yield running


async def becomes(status: int, ask: Callable[[], Any]) -> None:
    """Ask until the answer has a status."""
    deadline = time.monotonic() + PATIENCE
    while (answer := await ask()).status_code != status:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)


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
            assert error_of(answer)[:2] == (401, "invalid_api_key"), attempt
            assert attempt not in answer.json()["error"]["message"] or len(attempt) == 1


def front(home: Path) -> Front:
    return create_app(load_settings({}, {"CODEX2API_HOME": str(home)}))


def routes_of(app: Front) -> set[tuple[str, str]]:
    """Every method and path that is served, also those that the API reference hides."""
    cold: Any = app.cold
    found = {("POST", path) for path in app.hot} | {("GET", path) for path in app.sockets}
    waiting = list(cold.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, Route):
            found |= {(method, route.path) for method in route.methods or ()}
        else:
            waiting += route.original_router.routes  # of a kind without it nobody is told
    return found


async def test_every_route_needs_a_key(tmp_path: Path) -> None:
    app = front(tmp_path)
    transport = httpx2.ASGITransport(app)
    checked = 0
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for method, path in sorted(routes_of(app)):
            if path in OPEN_PATHS or path.startswith("/sign-in/"):
                continue
            for headers in ({}, {"authorization": "Bearer sk-c2a-wrong"}, {"x-api-key": "wrong"}):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == 401, (method, path)
                checked += 1
    assert checked > 100


async def test_every_route_that_asks_a_model_passes_the_gate(tmp_path: Path) -> None:
    app = front(tmp_path)
    posted = {path for method, path in routes_of(app) if method == "POST"}
    assert set(app.hot) <= ASKING
    assert posted >= ASKING
    assert posted - ASKING == NOT_ASKING
    assert all(path.startswith(ADMIN_PATHS) for path in (PATH, "/auth/login"))


@pytest.mark.parametrize("path", sorted(ASKING))
async def test_a_limit_stops_every_route_before_anything_is_sent(
    product: Served, path: str
) -> None:
    key = await create_key(product, f"none-{path[1:].replace('/', '-')}", requests="0/1d")
    product.simulator.state.reset()
    async with client_of(product, key["key"]) as client:
        answer = await client.post(path, json={**HELLO, **RESPOND})
    assert error_of(answer)[:2] == (429, "rate_limit_exceeded")
    assert "0 requests per 1d" in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert product.simulator.requests() == []


async def test_a_limit_is_counted_and_told(product: Served) -> None:
    key = await create_key(product, "three", requests="3/1d")
    async with client_of(product, key["key"]) as client:
        left = []
        for path, body in ((CHAT, HELLO), ("/v1/responses", RESPOND), (CHAT, HELLO), (CHAT, HELLO)):
            answer = await client.post(path, json=body)
            left.append((answer.status_code, answer.headers["x-ratelimit-remaining-requests"]))
    assert left == [(200, "2"), (200, "1"), (200, "0"), (429, "0")]


async def test_so_many_at_once(product: Served) -> None:
    key = await create_key(product, "single", concurrency=1)
    body = {**HELLO, "stream": True}
    body["messages"] = [{"role": "user", "content": "SCENARIO:text:n=50:d=100"}]
    async with client_of(product, key["key"]) as client:
        async with client.stream("POST", CHAT, json=body) as answer:
            assert answer.status_code == 200
            status, code, message = error_of(await client.post(CHAT, json=HELLO))
        assert (status, code) == (429, "rate_limit_exceeded")
        assert "under way at once" in message
        await becomes(200, lambda: client.post(CHAT, json=HELLO))  # the first caller has left


async def test_a_background_answer_is_under_way_until_it_ends(product: Served) -> None:
    key = await create_key(product, "patient", concurrency=1)
    wish = {**RESPOND, "input": "SCENARIO:text:n=100:d=100", "background": True}
    async with client_of(product, key["key"]) as client:
        begun = await client.post("/v1/responses", json=wish)
        assert begun.status_code == 200
        assert (await client.post(CHAT, json=HELLO)).status_code == 429
        await client.post(f"/v1/responses/{begun.json()['id']}/cancel", json={})
        await becomes(200, lambda: client.post(CHAT, json=HELLO))


async def test_models_are_those_of_the_key(product: Served) -> None:
    key = await create_key(product, "modest", models="gpt-5.5")
    async with client_of(product, key["key"]) as client:
        listed = [model["id"] for model in (await client.get("/v1/models")).json()["data"]]
        assert listed == ["gpt-5.5"]
        assert (await client.get("/v1/models/gpt-5.5-high")).status_code == 200
        assert (await client.get("/v1/models/gpt-5.4")).status_code == 404
        for model, status in (("gpt-5.5", 200), ("gpt-5.5-high", 200), ("gpt-5.4", 404)):
            answer = await client.post(CHAT, json={**HELLO, "model": model})
            assert answer.status_code == status, answer.text
        product.simulator.state.reset()
        for path in sorted(ASKING):
            status, code, message = error_of(await client.post(path, **FORBIDDEN[path]))
            assert (status, code) == (404, "model_not_found"), path
            assert "It may use: gpt-5.5." in message
        assert product.simulator.requests() == []


async def test_a_bound_key_is_served_by_its_account_alone(product: Served) -> None:
    key = await create_key(product, "annes", account="anne")
    async with client_of(product, key["key"]) as client:
        for _ in range(4):
            answer = await client.post(CHAT, json=HELLO)
            assert answer.headers["x-codex2api-account"] == "anne"
        usage = await client.get("/backend-api/wham/usage")
        assert usage.headers["x-codex2api-account"] == "anne"
        same = {"x-codex2api-account": "anne"}
        assert (await client.post(CHAT, json=HELLO, headers=same)).status_code == 200
        other = {"x-codex2api-account": "ben"}
        for method, path in (
            ("POST", CHAT),
            ("GET", "/v1/models"),
            ("GET", "/backend-api/wham/usage"),
        ):
            body = {"json": HELLO} if method == "POST" else {}
            answer = await client.request(method, path, headers=other, **body)
            assert error_of(answer)[:2] == (403, "forbidden"), path


async def test_a_key_whose_account_is_not_signed_in_borrows_none(product: Served) -> None:
    key = await create_key(product, "carols", account="carol")
    async with client_of(product, key["key"]) as client:
        status, code, message = error_of(await client.post(CHAT, json=HELLO))
        assert (status, code) == (401, "no_account")
        assert "'carol'" in message
        assert "/sign-in/" not in message  # it would sign in an account for everybody
        assert (await client.get("/v1/models")).status_code == 401


async def test_reasoning_is_shown_as_the_key_wants_it(product: Served) -> None:
    key = await create_key(product, "thinker", reasoning="think-tags")
    ask = {**HELLO, "messages": [{"role": "user", "content": "SCENARIO:reasoning"}]}
    async with client_of(product, key["key"]) as client:
        usual = (await client.post(CHAT, json=ask)).json()["choices"][0]["message"]
        asked = await client.post(CHAT, json=ask, headers={"x-codex2api-reasoning": "none"})
    assert usual["content"].startswith("<think>")
    assert "<think>" not in asked.json()["choices"][0]["message"]["content"]


async def test_objects_belong_to_the_key_and_not_to_its_name(product: Served) -> None:
    anne = await create_key(product, "heir")
    ben = await create_key(product, "neighbour")
    async with client_of(product, anne["key"]) as client:
        name = (await client.post("/v1/responses", json=RESPOND)).json()["id"]
        assert (await client.get(f"/v1/responses/{name}")).status_code == 200
    async with client_of(product, product.key) as owner:
        assert (await owner.get(f"/v1/responses/{name}")).status_code == 200
        await owner.delete(f"{PATH}/heir")
    again = await create_key(product, "heir")
    for key in (ben["key"], again["key"]):
        async with client_of(product, key) as client:
            assert (await client.get(f"/v1/responses/{name}")).status_code == 404


async def test_on_an_open_socket_limits_hold_and_a_revoked_key_is_refused(product: Served) -> None:
    key = await create_key(product, "socket", requests="2/1d")
    url = product.url.replace("http:", "ws:") + "/v1/responses"
    bearer = {"authorization": f"Bearer {key['key']}"}
    async with connect(url, additional_headers=bearer) as socket:
        left: list[str | None] = []

        async def turn() -> Any:
            await socket.send(json.dumps({"type": "response.create", **RESPOND}))
            while True:
                event = json.loads(await socket.recv())
                left.append(event.get("headers", {}).get("x-ratelimit-remaining-requests"))
                if event["type"] in ("response.completed", "error"):
                    return event

        assert [(await turn())["type"] for _ in range(2)] == ["response.completed"] * 2
        assert [told for told in left if told is not None] == ["1", "0"]
        refused = await turn()
        assert (refused["status"], refused["error"]["code"]) == (429, "rate_limit_exceeded")
        async with client_of(product, product.key) as owner:
            await owner.patch(f"{PATH}/socket", json={"requests": None})
            assert (await turn())["type"] == "response.completed"
            await owner.delete(f"{PATH}/socket")
        refused = await turn()
        assert (refused["status"], refused["error"]["code"]) == (401, "invalid_api_key")


async def test_the_last_of_a_plan_is_kept_for_the_owner_and_chosen_keys(tmp_path: Path) -> None:
    async with served(tmp_path, **{"accounts.reservePercent": 20}) as product:
        guest = (await create_key(product, "guest"))["key"]
        chosen = (await create_key(product, "chosen", reserve=True))["key"]
        product.simulator.state.limits.primary.used = 85
        async with client_of(product, guest) as client:
            first = await client.post(CHAT, json=HELLO)
            assert first.status_code == 200  # before it nothing was known
            sent = len(product.simulator.requests("/codex/responses"))
            for path, body in (
                (CHAT, HELLO),
                ("/v1/responses", RESPOND),
                ("/v1/responses/compact", RESPOND),
                ("/v1/images/generations", {"prompt": "a cat"}),
                ("/backend-api/codex/responses", RESPOND),
            ):
                status, code, message = error_of(await client.post(path, json=body))
                assert (status, code) == (429, "rate_limit_exceeded"), path
                assert "keeps the last 20 % of the plan" in message
                assert "refills at" in message
            assert len(product.simulator.requests("/codex/responses")) == sent
        for key in (chosen, product.key):
            async with client_of(product, key) as client:
                assert (await client.post(CHAT, json=HELLO)).status_code == 200
