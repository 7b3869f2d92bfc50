"""Laws that hold for any stream, also for those that no backend would send."""

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError
from codex2api.protocol.events import Completed, Incomplete, ItemDone, UpstreamEvent
from codex2api.protocol.fold import fold
from codex2api.protocol.sse import encode
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.samples import orderly, wild
from tests.dialects.responses.streams import sent, stream

STREAMS = st.one_of(orderly(), wild())
TERMINAL = ("response.completed", "response.incomplete")


@settings(deadline=None)
@given(STREAMS)
def test_the_last_event_holds_the_whole_reply(events: list[UpstreamEvent]) -> None:
    reply = RESPONSES.reply(request(), HEAD, [fold(events)])
    assert stream(events)[-1]["response"] == msgspec.to_builtins(reply)


@settings(deadline=None)
@given(STREAMS)
def test_every_stream_begins_and_ends_once(events: list[UpstreamEvent]) -> None:
    kinds = [payload["type"] for payload in stream(events)]
    assert kinds.index("response.created") == 0
    assert kinds.count("response.created") == 1
    assert kinds[-1] in TERMINAL
    assert sum(kind in TERMINAL for kind in kinds) == 1


@settings(deadline=None)
@given(STREAMS)
def test_every_item_begins_and_ends_once_and_speaks_between(events: list[UpstreamEvent]) -> None:
    seen: dict[int, list[str]] = {}
    for payload in stream(events):
        if "output_index" in payload and "web_search_call" not in payload["type"]:
            seen.setdefault(payload["output_index"], []).append(payload["type"])
    for kinds in seen.values():
        assert [kinds[0], kinds[-1]] == ["response.output_item.added", "response.output_item.done"]
        assert not {kinds[0], kinds[-1]} & set(kinds[1:-1])


@settings(deadline=None)
@given(STREAMS)
def test_finished_items_are_the_output(events: list[UpstreamEvent]) -> None:
    payloads = stream(events)
    finished = {
        payload["output_index"]: payload["item"]
        for payload in payloads
        if payload["type"] == "response.output_item.done"
    }
    output = payloads[-1]["response"]["output"]
    assert len(output) == len(finished)
    # A backend that ends an item twice gets the last word in the output, and the first before it.
    if len({*map(_index, filter(_is_done, events))}) == len([*filter(_is_done, events)]):
        assert output == [finished[index] for index in sorted(finished)]


@settings(deadline=None)
@given(STREAMS)
def test_the_same_events_give_the_same_bytes(events: list[UpstreamEvent]) -> None:
    first, second = (encode(ResponsesTranslator(request(), HEAD).feed(events)) for _ in range(2))
    assert first == second


@settings(deadline=None)
@given(STREAMS, st.data())
def test_a_cut_stream_fails_once(events: list[UpstreamEvent], data: st.DataObject) -> None:
    end = next(at for at, event in enumerate(events) if isinstance(event, Completed | Incomplete))
    translator = ResponsesTranslator(request(), HEAD)
    frames = translator.feed(events[: data.draw(st.integers(0, end))])
    with pytest.raises(ApiError) as raised:
        translator.close()
    frames += [*translator.fail(raised.value), *translator.fail(raised.value)]
    frames += translator.feed(events)
    kinds = [payload["type"] for payload in sent(frames)]
    assert kinds[-2:] == ["response.failed", "error"]
    assert (kinds[0], kinds.count("error")) == ("response.created", 1)


def _is_done(event: UpstreamEvent) -> bool:
    return isinstance(event, ItemDone)


def _index(event: UpstreamEvent) -> int:
    assert isinstance(event, ItemDone)
    return event.output_index
