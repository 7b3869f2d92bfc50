"""The whole HTTP face over fakes: one application, real dialects, a scripted upstream."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from starlette.types import Message
from tests.events import completed, created, message, text
from tests.fakes import NOW, MemoryStore, ScriptedUpstream, broken, limit_reached, relay

from codex2api.api.behind import Behind
from codex2api.api.closing import closed
from codex2api.api.cold import cold_app
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.etiquette import Etiquette
from codex2api.api.front import Front
from codex2api.api.guards import Guards
from codex2api.api.health import Pulse, Readiness, prove
from codex2api.api.health_routes import health_router
from codex2api.api.hot_routes import DIALECTS, hot_routes
from codex2api.api.invitation import Invitations
from codex2api.api.sign_in_link import invitation_router
from codex2api.callers import Caller, Callers, KnownKey
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import decode

KEY = "sk-test"
BEARER = {"authorization": f"Bearer {KEY}"}
HELLO = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}
ANSWER = [created(), *message("Hel", "lo"), completed()]


def front(*scripts: Any, strict: bool = False, ready: bool = True, account: str = "a") -> Front:
    served = relay(MemoryStore(*account), ScriptedUpstream({"access-a": list(scripts)}))
    options = EndpointOptions(
        max_body=2000, keepalive=60, strict=strict, new_id=lambda: "1", now=lambda: NOW
    )

    async def is_ready() -> bool:
        return ready

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    async def sign_in_page() -> str:
        return "https://auth.example/authorize"

    invitations = Invitations(lambda: NOW, b"secret")
    buggy = APIRouter()

    @buggy.get("/bug")
    async def bug() -> None:
        raise KeyError("secret")

    @buggy.post("/typed")
    async def typed(count: dict[str, int]) -> dict[str, int]:
        return count

    readiness = Readiness(is_ready, time.monotonic)
    link = invitation_router(invitations, sign_in_page)
    routers = [health_router(KEY, readiness), link, buggy]
    return Front(
        Guards(),
        Callers(
            [KnownKey.of(KEY, Caller("owner", admin=True)), KnownKey.of("sk-guest", Caller("g"))]
        ),
        invitations,
        hot_routes(DIALECTS, served, options),
        Pulse(KEY, readiness, Behind(lambda: partial(cold_app, routers), lifespan)),
    )


async def ask(app: Front, method: str, path: str, **how: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
        return await client.request(method, path, **({"headers": BEARER} | how))


def events_of(response: httpx2.Response) -> list[Any]:
    payloads = [
        line.removeprefix("data: ")
        for line in response.text.split("\n")
        if line.startswith("data: ")
    ]
    return [payload if payload == "[DONE]" else decode(payload) for payload in payloads]


async def test_a_whole_answer() -> None:
    response = await ask(front(ANSWER), "POST", "/v1/chat/completions", json=HELLO)
    assert response.status_code == 200
    body = response.json()
    assert body["choices"][0]["message"]["content"] == "Hello"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert response.headers["x-codex2api-account"] == "a"
    assert response.headers["openai-model"] == "gpt-5.5"
    assert response.headers["x-request-id"].startswith("req_")
    assert int(response.headers["openai-processing-ms"]) >= 0
    assert "x-codex2api-dropped" not in response.headers


async def test_a_streamed_answer() -> None:
    response = await ask(
        front(ANSWER), "POST", "/v1/chat/completions", json=HELLO | {"stream": True}
    )
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["x-codex2api-account"] == "a"
    *chunks, done = events_of(response)
    assert done == "[DONE]"
    deltas = [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks]
    assert "".join(deltas) == "Hello"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_both_dialects_have_a_route() -> None:
    response = await ask(
        front(ANSWER), "POST", "/v1/responses", json={"model": "gpt-5.5", "input": "hi"}
    )
    assert response.json()["output"][0]["content"][0]["text"] == "Hello"


async def test_a_refusal_before_the_first_byte_has_an_honest_status() -> None:
    for stream in (False, True):
        script = [created(), limit_reached(7.2)]
        response = await ask(
            front(script), "POST", "/v1/chat/completions", json=HELLO | {"stream": stream}
        )
        assert response.status_code == 429
        assert response.headers["retry-after"] == "8"
        assert response.headers["x-should-retry"] == "false"
        assert response.json()["error"]["code"] == "usage_limit_reached"


async def test_a_cut_stream_ends_with_an_error_and_never_with_done() -> None:
    script = [text("Hel"), broken()]
    response = await ask(
        front(script), "POST", "/v1/chat/completions", json=HELLO | {"stream": True}
    )
    assert response.status_code == 200
    *_, last = events_of(response)
    assert last["error"]["code"] == "upstream_unavailable"
    assert "[DONE]" not in response.text
    assert '"finish_reason":"stop"' not in response.text


async def test_a_stream_without_an_ending_is_an_error_too() -> None:
    for stream, status in ((True, 200), (False, 502)):
        response = await ask(
            front([text("Hel")]), "POST", "/v1/chat/completions", json=HELLO | {"stream": stream}
        )
        assert response.status_code == status
        assert "upstream_unavailable" in response.text


async def test_what_is_dropped_is_named_and_refused_in_strict_mode() -> None:
    wish = HELLO | {"temperature": 0.2, "x\r\ny": 1}
    lenient = await ask(front(ANSWER), "POST", "/v1/chat/completions", json=wish)
    assert lenient.headers["x-codex2api-dropped"] == "temperature, x??y"
    for app, headers in (
        (front(strict=True), BEARER),
        (front(), BEARER | {"x-codex2api-strict": "1"}),
    ):
        strict = await ask(app, "POST", "/v1/chat/completions", json=wish, headers=headers)
        assert strict.status_code == 400
        assert strict.json()["error"]["param"] == "temperature"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/models",
        "/",
        "/docs",
        "/openapi.json",
        "/nowhere",
        "/v1/embeddings",
    ],
)
async def test_every_path_but_health_needs_a_key(path: str) -> None:
    for method in ("GET", "POST"):
        response = await ask(front(), method, path, headers={})
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("path", ["/auth/status", "/auth/login", "/openapi.json", "/metrics"])
async def test_a_client_key_is_not_the_owners(path: str) -> None:
    guest = {"authorization": "Bearer sk-guest"}
    assert (await ask(front(), "GET", path, headers=guest)).status_code == 401
    assert (await ask(front(), "GET", path)).status_code != 401


async def test_a_foreign_host_is_refused_before_the_key_is_looked_at() -> None:
    response = await ask(front(), "GET", "/health", headers={"host": "evil.example"})
    assert response.status_code == 421


async def test_a_body_over_the_limit() -> None:
    response = await ask(front(), "POST", "/v1/responses", json={"model": "m", "input": "x" * 3000})
    assert response.status_code == 413


async def test_wrong_method_unknown_path_and_unsupported_route() -> None:
    assert (await ask(front(), "GET", "/v1/responses")).status_code == 405
    assert (await ask(front(), "GET", "/nowhere")).json()["error"]["code"] == "not_found"
    response = await ask(front(), "POST", "/v1/embeddings", json={})
    assert (response.status_code, response.json()["error"]["code"]) == (501, "not_supported")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/audio/voices",
        "/v1/chatkit/sessions",
        "/v1/containers",
        "/v1/organization/usage/costs",
        "/v1/projects",
        "/v1/skills",
        "/v1/videos",
    ],
)
async def test_every_other_route_of_openai_gets_a_reason(path: str) -> None:
    assert (await ask(front(), "GET", path)).status_code == 501


@pytest.mark.parametrize(
    ("path", "hint"),
    [("/chat/completions", True), ("/v1/v1/models", True), ("/", True), ("/v1/nowhere", False)],
)
async def test_a_wrong_base_url_is_recognised(path: str, *, hint: bool) -> None:
    error = (await ask(front(), "POST", path, json={})).json()["error"]
    assert error["message"].startswith(f"There is nothing at {path}.")
    assert error["message"].endswith("one /v1.") == hint


async def test_a_bug_is_logged_and_told_without_details() -> None:
    response = await ask(front(), "GET", "/bug")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert "secret" not in response.text


async def test_cold_routes_name_the_parameter() -> None:
    response = await ask(front(), "POST", "/typed", json={"a": "x"})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "a")


async def test_every_api_hears_of_failures_in_its_own_shape() -> None:
    polite = replace(front(), etiquette=Etiquette(DIALECTS))
    marked = {"authorization": "Bearer wrong", "anthropic-version": "2023-06-01"}
    messages = "/v1/messages"
    asked = [
        (await ask(closed(polite), "POST", messages, json={}), 503, "api_error"),
        (await ask(closed(polite), "POST", f"{messages}/count_tokens", json={}), 503, "api_error"),
        (await ask(polite, "POST", messages, headers={}), 401, "authentication_error"),
        (await ask(polite, "GET", "/v1/models", headers=marked), 401, "authentication_error"),
        (await ask(polite, "POST", f"{messages}/nothing", json={}), 404, "not_found_error"),
    ]
    for answer, status, kind in asked:
        body = answer.json()
        assert (answer.status_code, body["error"]["type"]) == (status, kind)
        assert body["request_id"] == answer.headers["request-id"] == answer.headers["x-request-id"]


async def test_a_closed_door_tells_when_to_come_back_and_lets_health_through() -> None:
    shut = closed(front())

    refused = await ask(shut, "POST", "/v1/chat/completions", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "shutting_down")
    assert refused.headers["connection"] == "close"
    assert refused.headers["x-request-id"]
    assert (await ask(shut, "GET", "/health", headers={})).status_code == 200
    assert (await ask(shut, "GET", "/v1/models", headers={})).status_code == 401


async def test_a_server_that_ends_before_it_has_begun_still_begins_and_ends() -> None:
    told: list[str] = []
    asked = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return asked.pop(0)

    async def send(message: Message) -> None:
        told.append(message["type"])

    await closed(front())({"type": "lifespan", "state": {}}, receive, send)

    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_health_is_open_and_proves_itself() -> None:
    assert (await ask(front(), "GET", "/health", headers={})).json() == {"status": "ok"}
    challenge = "0123456789abcdef"
    proven = await ask(front(), "GET", f"/health?challenge={challenge}", headers={})
    assert proven.json() == {"status": "ok", "proof": prove(KEY, challenge)}
    spelt_oddly = await ask(front(), "GET", "/health?challenge=0123456789abcde%66", headers={})
    assert spelt_oddly.json() == proven.json()
    too_short = await ask(front(), "GET", "/health?challenge=1", headers={})
    assert too_short.json()["error"]["param"] == "challenge"
    assert (await ask(front(ready=False), "GET", "/health/ready", headers={})).status_code == 503
    assert (await ask(front(), "GET", "/health/ready", headers={})).status_code == 200


async def test_a_harmless_request_id_is_kept_and_another_replaced() -> None:
    kept = await ask(front(), "GET", "/health", headers={"x-request-id": "trace-1"})
    assert kept.headers["x-request-id"] == "trace-1"
    replaced = await ask(front(), "GET", "/health", headers={"x-request-id": "a b" * 99})
    assert replaced.headers["x-request-id"].startswith("req_")


async def test_every_kind_of_failure_has_a_status() -> None:
    assert {kind for kind in Kind if ApiError(kind, "x").status.value < 400} == set()


async def test_whoever_is_on_this_machine_gets_a_link_to_sign_in_with_and_it_works_once() -> None:
    app = front(account="")
    refused = await ask(app, "POST", "/v1/chat/completions", json=HELLO)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (401, "no_account")
    (link,) = [word for word in error["message"].split() if word.startswith("http")]
    path = link.removeprefix("http://127.0.0.1:3000")
    foreign_page = {"origin": "http://chat.example", "sec-fetch-site": "cross-site"}
    followed = await ask(app, "GET", path, headers=foreign_page)
    assert followed.status_code == 303
    assert followed.headers["location"] == "https://auth.example/authorize"
    assert (await ask(app, "GET", path, headers={})).status_code == 404
    assert (await ask(app, "GET", "/sign-in/guess", headers={})).status_code == 404


async def test_a_remote_caller_gets_no_link() -> None:
    transport = httpx2.ASGITransport(app=front(account=""), client=("192.168.0.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
        refused = await client.post("/v1/chat/completions", json=HELLO, headers=BEARER)
    assert "/sign-in/" not in refused.text
