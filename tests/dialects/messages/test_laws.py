"""Laws: the stream adds up to the reply, ends once, and is the same every time."""

from hypothesis import given, strategies as st

from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.sse import SseDecoder, encode
from tests.dialects.chat.test_laws import answers
from tests.dialects.messages.bodies import ADD, HEAD, parsed
from tests.dialects.messages.replies import THINKING, added_up, streamed, whole, written
from tests.events import completed, message

REQUESTS = st.sampled_from(
    [
        parsed(stream=True),
        parsed(stream=True, tools=[ADD], thinking=THINKING),
        parsed(stream=True, thinking={"type": "adaptive", "display": "omitted"}),
    ]
)


@given(answers(), REQUESTS)
def test_the_stream_adds_up_to_the_reply(
    events: list[UpstreamEvent], request: MessagesRequest
) -> None:
    assert added_up(streamed(events, request)) == whole(events, request)


@given(answers(), REQUESTS)
def test_every_stream_begins_and_ends_once(
    events: list[UpstreamEvent], request: MessagesRequest
) -> None:
    read = streamed([*events, *message("late", index=9), completed()], request)

    kinds = [event["type"] for event in read]
    for once in ("message_start", "message_delta", "message_stop"):
        assert kinds.count(once) == 1
    assert read == streamed(events, request)


@given(answers(), REQUESTS, st.data())
def test_batches_of_any_size_are_the_same(
    events: list[UpstreamEvent], request: MessagesRequest, data: st.DataObject
) -> None:
    translator = MESSAGES.translator(request, HEAD)
    frames, rest = [], list(events)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        frames += translator.feed(rest[:size])
        rest = rest[size:]

    assert encode([*frames, *translator.close()]) == written(events, request)


@given(answers(), REQUESTS, st.data())
def test_a_failure_ends_a_stream_wherever_it_is(
    events: list[UpstreamEvent], request: MessagesRequest, data: st.DataObject
) -> None:
    translator = MESSAGES.translator(request, HEAD)
    told = events[: data.draw(st.integers(0, len(events) - 1))]
    frames = [frame for event in told for frame in translator.feed([event])]
    failure = ApiError(Kind.UPSTREAM_TIMEOUT, "Silence.")
    frames += translator.fail(failure)

    read = [json.decode(data) for data in SseDecoder().feed(encode(frames))]
    assert [event["type"] for event in read].count("error") == 1
    assert read[-1]["error"]["type"] == "timeout_error"
    assert translator.fail(failure) == []
    assert translator.feed(list(events)) == []
