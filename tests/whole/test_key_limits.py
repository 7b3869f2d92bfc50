"""What client keys are limited to, against the whole product, on every route that asks a model."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from codex2api.api.gate import ASKING
from tests.keys import CHAT, HELLO, PATH, becomes, client_of, create_key, error_of
from tests.served import Served, served, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESPOND = {"model": "gpt-5.5", "input": "hello"}

LONG = "366d"
"""A window that hardly ever ends while a test runs, as an hour or a day would at midnight."""

_OTHER = {"model": "gpt-5.4", "input": "hello"}
_PICTURE = {"image": ("cat.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png")}
_SOUND = {"file": ("cat.wav", b"RIFF" + bytes(40), "audio/wav")}

FORBIDDEN: dict[str, dict[str, Any]] = {
    CHAT: {"json": {**HELLO, "model": "gpt-5.4"}},
    "/v1/completions": {"json": {"model": "gpt-5.4", "prompt": "hello"}},
    "/v1/messages": {"json": {**HELLO, "model": "gpt-5.4", "max_tokens": 9}},
    "/v1/responses": {"json": _OTHER},
    "/v1/responses/compact": {"json": _OTHER},
    "/v1/images/generations": {"json": {"prompt": "a cat"}},
    "/v1/images/edits": {"files": _PICTURE, "data": {"prompt": "a cat"}},
    "/v1/audio/transcriptions": {"files": _SOUND, "data": {"model": "gpt-4o-transcribe"}},
    "/backend-api/codex/responses": {"json": _OTHER},
    "/backend-api/codex/responses/compact": {"json": _OTHER},
}
"""What a key that may use gpt-5.5 alone may not ask."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home = tmp_path_factory.mktemp("home")
    async with served(home) as running:
        for label in ("anne", "ben"):
            sign_in(home, running.simulator, label=label)
        yield running


@pytest.mark.parametrize("path", sorted(ASKING))
async def test_a_limit_stops_every_route_before_anything_is_sent(
    product: Served, path: str
) -> None:
    key = await create_key(product, f"none-{path[1:].replace('/', '-')}", requests=f"0/{LONG}")
    product.simulator.state.reset()
    async with client_of(product, key["key"]) as client:
        answer = await client.post(path, json={**HELLO, **RESPOND})
    assert error_of(answer)[:2] == (429, "rate_limit_exceeded")
    assert f"0 requests per {LONG}" in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert product.simulator.requests() == []


async def test_a_limit_is_counted_and_told(product: Served) -> None:
    key = await create_key(product, "three", requests=f"3/{LONG}")
    async with client_of(product, key["key"]) as client:
        left = []
        for path, body in ((CHAT, HELLO), ("/v1/responses", RESPOND), (CHAT, HELLO), (CHAT, HELLO)):
            answer = await client.post(path, json=body)
            left.append((answer.status_code, answer.headers["x-ratelimit-remaining-requests"]))
    assert left == [(200, "2"), (200, "1"), (200, "0"), (429, "0")]
    async with client_of(product, product.key) as owner:
        await owner.patch(f"{PATH}/three", json={"concurrency": 9})  # has what was counted told
        listed = {each["name"]: each for each in (await owner.get(PATH)).json()["data"]}
    assert (listed["three"]["requests_used"], listed["three"]["tokens_used"]) == (3, None)


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
    key = await create_key(product, "socket", requests=f"2/{LONG}")
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
