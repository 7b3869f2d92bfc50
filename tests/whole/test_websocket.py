"""The Responses WebSocket mode: real frames, against the whole product."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conformance.published import check
from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "gpt-5.5"
TOOL = {"type": "function", "name": "add", "parameters": {"type": "object"}, "strict": False}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), **{"server.maxFrameBytes": 50_000}) as it:
        yield it


@pytest_asyncio.fixture(loop_scope="module")
async def socket(product: Served) -> AsyncIterator[ClientConnection]:
    product.simulator.state.reset()
    async with open_socket(product) as connection:
        yield connection


def open_socket(product: Served, **headers: str) -> connect:
    url = product.url.replace("http:", "ws:") + headers.pop("path", "/v1/responses")
    given = {**product.bearer, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return connect(url, additional_headers=given)


async def create(socket: ClientConnection, text: Any, **how: Any) -> None:
    wish = {"type": "response.create", "model": MODEL, "store": False, "input": text, **how}
    await socket.send(json.dumps(wish))


async def events(socket: ClientConnection) -> list[Any]:
    """All events of one answer, or the one error."""
    seen = []
    while True:
        event = json.loads(await socket.recv())
        seen.append(event)
        kinds = ("response.completed", "response.incomplete", "response.failed", "error")
        if event["type"] in kinds:
            return seen


async def said(socket: ClientConnection, text: Any, **how: Any) -> list[Any]:
    await create(socket, text, **how)
    return await events(socket)


def sent(product: Served) -> list[Any]:
    return [json.loads(each.body) for each in product.simulator.requests("/codex/responses")]


def texts(body: Any) -> list[str]:
    return [item["content"][0]["text"] for item in body["input"] if "content" in item]


async def test_the_events_are_those_of_the_stream(
    socket: ClientConnection, product: Served
) -> None:
    async with httpx2.AsyncClient() as client:
        wish = {"model": MODEL, "store": False, "stream": True, "input": "hello"}
        answer = await client.post(f"{product.v1}/responses", json=wish, headers=product.bearer)
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    streamed = [json.loads(line.removeprefix("data: ")) for line in lines]

    framed = await said(socket, "hello")

    headers = framed[0].pop("headers")
    assert headers["x-codex2api-account"] == "default"
    assert headers["x-request-id"].startswith("req_")
    assert [each["type"] for each in framed] == [each["type"] for each in streamed]
    assert [set(each) for each in framed] == [set(each) for each in streamed]
    for event in framed:
        check(event, "ResponseStreamEvent")
    assert framed[-1]["response"]["output"][0]["content"][0]["text"]


async def test_a_second_turn_goes_on_from_the_first(
    socket: ClientConnection, product: Served
) -> None:
    first = (await said(socket, "My name is Ada."))[-1]["response"]

    second = await said(socket, "What is my name?", previous_response_id=first["id"])

    assert second[0]["response"]["previous_response_id"] == first["id"]
    assert second[-1]["response"]["previous_response_id"] == first["id"]
    asked = sent(product)[1]
    assert texts(asked)[0] == "My name is Ada."
    assert texts(asked)[1] == first["output"][-1]["content"][0]["text"]
    assert texts(asked)[2] == "What is my name?"
    assert "previous_response_id" not in asked


async def test_a_warm_up_asks_nobody(socket: ClientConnection, product: Served) -> None:
    rules = [{"role": "developer", "content": "Be brief."}]
    warm = await said(socket, rules, generate=False)

    assert [event["type"] for event in warm] == ["response.created", "response.completed"]
    assert warm[1]["response"]["output"] == []
    assert warm[1]["response"]["usage"]["total_tokens"] == 0
    assert sent(product) == []
    for event in warm:
        event.pop("headers", None)
        check(event, "ResponseStreamEvent")

    await said(socket, "hello", previous_response_id=warm[1]["response"]["id"])

    assert texts(sent(product)[0]) == ["Be brief.", "hello"]


async def test_a_tool_loop(socket: ClientConnection, product: Served) -> None:
    asked = "SCENARIO:tool_call:tool=add hello"
    call = (await said(socket, asked, tools=[TOOL]))[-1]["response"]
    item = next(each for each in call["output"] if each["type"] == "function_call")
    result = {"type": "function_call_output", "call_id": item["call_id"], "output": "5"}

    answer = await said(socket, [result], tools=[TOOL], previous_response_id=call["id"])

    assert answer[-1]["response"]["output"][-1]["type"] == "message"
    kinds = [each["type"] for each in sent(product)[1]["input"]]
    assert kinds[-2:] == ["function_call", "function_call_output"]


async def test_what_is_stored_is_found_on_any_connection(
    socket: ClientConnection, product: Served
) -> None:
    stored = (await said(socket, "My name is Ada.", store=True))[-1]["response"]
    async with open_socket(product) as other:
        answer = await said(other, "And mine?", previous_response_id=stored["id"])
        goes_on = answer[-1]["response"]["id"]
        await said(other, "Sure?", previous_response_id=goes_on)

    assert answer[-1]["response"]["previous_response_id"] == stored["id"]
    assert texts(sent(product)[2])[::2] == [
        "My name is Ada.",
        "And mine?",
        "Sure?",
    ]


async def test_what_is_not_stored_is_found_on_its_connection_only(
    socket: ClientConnection, product: Served
) -> None:
    mine = (await said(socket, "hello"))[-1]["response"]
    async with open_socket(product) as other:
        (error,) = await said(other, "hello", previous_response_id=mine["id"])

    assert (error["status"], error["error"]["code"], error["error"]["param"]) == (
        400,
        "previous_response_not_found",
        "previous_response_id",
    )


async def test_one_response_at_a_time(socket: ClientConnection) -> None:
    await create(socket, "SCENARIO:text:n=20:d=20 hello")
    begun = json.loads(await socket.recv())
    await create(socket, "me too")
    seen = await events(socket)
    while seen[-1]["type"] != "error":
        seen += await events(socket)

    assert begun["type"] == "response.created"
    assert seen[-1]["error"]["code"] == "response_in_progress"
    rest = await events(socket)
    assert rest[-1]["type"] == "response.completed", "the first one is not disturbed"
    assert (await said(socket, "now me"))[-1]["type"] == "response.completed"


@pytest.mark.parametrize(
    ("frame", "param"),
    [
        ("{", None),
        ("[]", None),
        (b"{}", None),
        ("{}", "type"),
        ('{"type": "response.append"}', "type"),
        ('{"type": ["response.create"]}', "type"),
        ('{"type": "response.create"}', "model"),
        ('{"type": "response.create", "model": "gpt-5.5", "input": 7}', "input"),
        ('{"type": "response.create", "model": "gpt-5.5", "input": "", "generate": 1}', "generate"),
        ('{"type": "response.create", "model": "gpt-5.5", "stream_id": "a"}', "stream_id"),
        ('{"type": "response.create", "previous_response_id": 5}', "previous_response_id"),
        ('{"type": "response.create", "generate": false, "input": "hi"}', "model"),
        (f'{{"type": {"[" * 20_000}', None),
    ],
)
async def test_a_bad_frame_is_answered_and_the_connection_stays(
    socket: ClientConnection, frame: str | bytes, param: str | None
) -> None:
    await socket.send(frame)
    (error,) = await events(socket)

    assert (error["type"], error["status"], error["error"]["param"]) == ("error", 400, param)
    assert error["error"]["type"] == "invalid_request_error"
    assert (await said(socket, "hello"))[-1]["type"] == "response.completed"


async def test_what_cannot_be_honoured_is_told(socket: ClientConnection, product: Served) -> None:
    event = (await said(socket, "hello", temperature=0.5))[0]
    assert event["headers"]["x-codex2api-dropped"] == "temperature"

    async with open_socket(product, x_codex2api_strict="1") as strict:
        for how in ({}, {"generate": False}):
            (error,) = await said(strict, "hello", temperature=0.5, **how)
            assert (error["status"], error["error"]["param"]) == (400, "temperature")


async def test_a_failing_backend_is_told_with_its_status(socket: ClientConnection) -> None:
    (error,) = await said(socket, "SCENARIO:http:status=500 hello")
    assert (error["status"], error["error"]["code"]) == (502, "upstream_unavailable")

    cut = await said(socket, "SCENARIO:cut hello")
    assert cut[-1]["type"] == "response.failed"
    assert (await said(socket, "hello"))[0]["type"] == "response.created", "nothing came between"


async def test_a_frame_that_is_too_large_closes_the_connection(socket: ClientConnection) -> None:
    with pytest.raises(ConnectionClosed):
        await said(socket, "a" * 60_000)
    assert socket.close_code == 1009


async def test_a_caller_who_leaves_closes_the_upstream(product: Served) -> None:
    product.simulator.state.reset()
    async with open_socket(product) as socket:
        await create(socket, "SCENARIO:text:n=2000:d=50 hello")
        await socket.recv()
        assert product.simulator.state.streams.running == 1

    await asyncio.wait_for(product.simulator.state.streams.idle.wait(), 10)
    assert product.simulator.state.streams.finished == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": ""}, 401),
        ({"origin": "https://evil.example"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"host": "evil.example"}, 421),
        ({"path": "/v1/chat/completions"}, 426),
    ],
)
async def test_who_may_not_come_in_is_told_before_the_upgrade(
    product: Served, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with open_socket(product, **headers):
            pass

    answer = refused.value.response
    assert answer.status_code == status
    assert json.loads(answer.body or b"")["error"]["message"]
    assert answer.headers["x-request-id"]


@asynccontextmanager
async def limited(home: Path, **given: Any) -> AsyncIterator[ClientConnection]:
    async with served(home, **given) as product, open_socket(product) as socket:
        yield socket


async def test_an_idle_connection_is_closed(tmp_path: Path) -> None:
    async with limited(tmp_path, **{"server.socketIdleSeconds": 0.05}) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1001


async def test_an_old_connection_is_told_so_and_closed(tmp_path: Path) -> None:
    async with limited(tmp_path, **{"server.socketSeconds": 0.3}) as socket:
        answer = await said(socket, "SCENARIO:text:n=20:d=20 hello")
        (error,) = await events(socket)
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert answer[-1]["type"] == "response.completed", "what is under way is finished"
    assert (error["status"], error["error"]["code"]) == (
        400,
        "websocket_connection_limit_reached",
    )


async def test_a_server_that_keeps_nothing_remembers_the_connection(tmp_path: Path) -> None:
    async with limited(tmp_path, **{"store.responsesTtlDays": 0}) as socket:
        first = (await said(socket, "hello"))[-1]["response"]
        second = await said(socket, "again", previous_response_id=first["id"])
        (error,) = await said(socket, "again", previous_response_id="resp_gone")

    assert second[-1]["response"]["previous_response_id"] == first["id"]
    assert error["error"]["code"] == "previous_response_not_found"


@pytest.mark.parametrize("how", [{}, {"generate": False}])
async def test_what_a_connection_remembers_is_limited(tmp_path: Path, how: Any) -> None:
    async with limited(tmp_path, **{"server.maxBodyBytes": 5_000}) as socket:
        long = "a" * 3_000
        first = (await said(socket, long, generate=False))[-1]["response"]
        (error,) = await said(socket, long, previous_response_id=first["id"], **how)

    assert (error["status"], error["error"]["code"]) == (413, "request_too_large")
