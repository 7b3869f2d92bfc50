"""Laws: the stream adds up to the reply, and every choice ends once."""

from hypothesis import given, strategies as st

from codex2api.dialects.completions.schema import CompletionRequest
from codex2api.protocol.events import (
    ItemAdded,
    ItemDone,
    RefusalDelta,
    TextDelta,
    UpstreamEvent,
)
from tests.dialects.completions.told import DONE, added_up, chunks, parsed, payloads, whole
from tests.events import (
    completed,
    created,
    incomplete,
    message,
    rate_limits,
    reasoning,
    refused,
    web_search,
)

DELTAS = (TextDelta, RefusalDelta)
ITEMS = (ItemAdded, ItemDone)
TEXTS = st.lists(st.text(max_size=4), max_size=4)
KINDS = {"message": message, "refusal": refused, "reasoning": reasoning}
OPTIONS = {"include_usage": True}


@st.composite
def outputs(draw: st.DrawFn) -> list[UpstreamEvent]:
    events: list[UpstreamEvent] = [rate_limits(), created()]
    for index in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from([*KINDS, "search"]))
        build = KINDS.get(kind)
        events += build(*draw(TEXTS), index=index) if build else web_search(index=index)
    return events


@st.composite
def finished(draw: st.DrawFn) -> list[UpstreamEvent]:
    """Told by deltas, by wholes or by both, and by nothing but items at last."""
    events = draw(outputs())
    silent_from = draw(st.integers(0, len(events)))
    deltas, wholes = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    told = [
        event
        for position, event in enumerate(events)
        if isinstance(event, ITEMS)
        or (position < silent_from and (deltas if isinstance(event, DELTAS) else wholes))
    ]
    return [*told, completed()]


@st.composite
def cut(draw: st.DrawFn) -> list[UpstreamEvent]:
    """Ended early, anywhere."""
    events = draw(outputs())
    return [*events[: draw(st.integers(0, len(events)))], incomplete()]


@st.composite
def asked(draw: st.DrawFn) -> tuple[CompletionRequest, list[list[UpstreamEvent]]]:
    prompts, each = (
        draw(st.lists(st.text(max_size=3), min_size=1, max_size=2)),
        draw(st.integers(1, 2)),
    )
    echo = draw(st.booleans())
    request = parsed(prompt=prompts, n=each, echo=echo, stream=True, stream_options=OPTIONS)
    count = len(prompts) * each
    answers = draw(st.lists(finished() | cut(), min_size=count, max_size=count))
    return request, answers


@given(asked())
def test_the_stream_adds_up_to_the_reply(
    case: tuple[CompletionRequest, list[list[UpstreamEvent]]],
) -> None:
    request, answers = case

    assert added_up(chunks(answers, request)) == whole(answers, request)


@given(asked())
def test_every_choice_and_the_stream_end_once(
    case: tuple[CompletionRequest, list[list[UpstreamEvent]]],
) -> None:
    request, answers = case
    late = [[*events, *message("late", index=9), completed()] for events in answers]

    assert payloads(late, request).count(DONE) == 1
    ended = [
        choice["index"]
        for chunk in chunks(late, request)
        for choice in chunk["choices"]
        if choice["finish_reason"] is not None
    ]
    assert sorted(ended) == list(range(len(answers)))
