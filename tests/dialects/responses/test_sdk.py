"""What OpenAI's own client makes of our streams and replies."""

from collections.abc import Iterable
from typing import Any

import httpx2
import msgspec
import openai
import pytest
from hypothesis import given, settings
from openai.types.responses import Response as SdkResponse, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.events import Completed, UpstreamEvent
from codex2api.protocol.sse import encode
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.samples import STREAMS, WISHES, orderly
from tests.dialects.responses.streams import stream, whole
from tests.events import completed, created, message, reasoning, text, tool_call

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def client(answer: bytes, kind: str = "text/event-stream") -> openai.OpenAI:
    """OpenAI's client, answered with these bytes."""

    def answered(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": kind}, content=answer)

    transport = httpx2.MockTransport(answered)
    return openai.OpenAI(
        api_key="key",
        base_url="http://127.0.0.1/v1",
        max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )


def streamed(events: Iterable[UpstreamEvent], error: ApiError | None = None) -> bytes:
    translator = ResponsesTranslator(request(), HEAD)
    frames = translator.feed(list(events))
    return encode([*frames, *(translator.fail(error) if error else translator.close())])


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_the_client_knows_every_event_and_reply(name: str, wishes: dict[str, Any]) -> None:
    for payload in stream(STREAMS[name], **wishes):
        assert EVENT.validate_python(payload).type == payload["type"]
    SdkResponse.model_validate(whole(STREAMS[name], **wishes))


COMPLETED = [name for name, events in STREAMS.items() if isinstance(events[-1], Completed)]


@pytest.mark.parametrize("name", COMPLETED)
def test_the_stream_helper_adds_up_to_the_reply(name: str) -> None:
    with (
        client(streamed(STREAMS[name])) as sdk,
        sdk.responses.stream(model="m", input="hi") as events,
    ):
        final = events.get_final_response()
    reply = client(json.encode(whole(STREAMS[name])), "application/json")
    with reply as sdk:
        expected = sdk.responses.create(model="m", input="hi")
    assert final.output_text == expected.output_text
    # Items are compared by id: the helper adds what it parsed. Streams without a greeting have an
    # id of our own.
    but = {"output", "id"}
    dumped = final.model_dump(exclude_unset=True, exclude=but, warnings=False)
    assert dumped == expected.model_dump(exclude_unset=True, exclude=but)
    assert [item.id for item in final.output] == [item.id for item in expected.output]


@given(orderly())
@settings(max_examples=25, deadline=None)
def test_the_stream_helper_takes_whatever_the_backend_says(sent: list[UpstreamEvent]) -> None:
    with (
        client(streamed(sent)) as sdk,
        sdk.responses.stream(model="m", input="hi") as events,
    ):
        last = list(events)[-1]
    assert last.response.output_text == SdkResponse.model_validate(whole(sent)).output_text


def test_deltas_accumulate() -> None:
    events = [created(), *reasoning("a"), *message("Hel", "lo", index=1), completed()]
    with (
        client(streamed(events)) as sdk,
        sdk.responses.stream(model="m", input="hi") as heard,
    ):
        snapshots = [e.snapshot for e in heard if e.type == "response.output_text.delta"]
    assert snapshots == ["Hel", "Hello"]


def test_a_tool_call_is_found() -> None:
    events = [created(), *tool_call("add", {"a": 1}), completed()]
    with (
        client(streamed(events)) as sdk,
        sdk.responses.stream(model="m", input="hi") as heard,
    ):
        (call,) = heard.get_final_response().output
    assert call.type == "function_call"
    assert (call.name, call.arguments, call.call_id) == ("add", '{"a":1}', "call_0")


class Person(BaseModel):
    name: str


def test_structured_output_is_parsed() -> None:
    events = [created(), *message('{"name":', '"Ann"}'), completed()]
    with (
        client(streamed(events)) as sdk,
        sdk.responses.stream(model="m", input="hi", text_format=Person) as heard,
    ):
        assert heard.get_final_response().output_parsed == Person(name="Ann")


def test_a_stream_cut_short_keeps_its_text() -> None:
    with client(streamed(STREAMS["cut short"])) as sdk:
        events = list(sdk.responses.create(model="m", input="hi", stream=True))
    last = events[-1]
    assert last.type == "response.incomplete"
    assert last.response.output_text == "hi"


@pytest.mark.parametrize("sent", [[], [created()], [created(), *message("hi")[:3], text("!")]])
def test_a_failure_is_raised(sent: list[UpstreamEvent]) -> None:
    failure = ApiError(Kind.CONTEXT_TOO_LONG, "Too long.", param="input")
    with client(streamed(sent, failure)) as sdk:
        heard = []
        with pytest.raises(openai.APIError) as raised:
            heard += sdk.responses.create(model="m", input="hi", stream=True)
    assert (raised.value.code, raised.value.param) == ("context_length_exceeded", "input")
    assert raised.value.message == "Too long."


@pytest.mark.parametrize("sent", [[], [created()], [created(), *message("hi")[:3]]])
def test_a_failure_is_raised_by_the_stream_helper(sent: list[UpstreamEvent]) -> None:
    failure = ApiError(Kind.UPSTREAM_TIMEOUT, "Silent.")
    with (
        client(streamed(sent, failure)) as sdk,
        sdk.responses.stream(model="m", input="hi") as heard,
        pytest.raises(openai.APIError, match="Silent"),
    ):
        heard.get_final_response()


def test_nothing_but_frames_is_sent() -> None:
    lines = streamed([created(), *message("hi"), completed()]).split(b"\n\n")
    assert lines.pop() == b""
    for line in lines:
        event, data = line.split(b"\n")
        payload = msgspec.json.decode(data.removeprefix(b"data: "))
        assert event == b"event: " + payload["type"].encode()
