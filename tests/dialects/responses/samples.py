"""Streams of every sort, and a request that wishes for much."""

from typing import Any

from hypothesis import strategies as st

from codex2api.protocol.events import (
    Completed,
    Incomplete,
    ItemAdded,
    Other,
    PartAdded,
    PartDone,
    Queued,
    ReasoningDelta,
    ReasoningDone,
    Response,
    UpstreamEvent,
)
from tests.events import (
    added,
    arguments,
    call_item,
    completed,
    created,
    custom_call,
    done,
    in_progress,
    incomplete,
    message,
    message_item,
    part_added,
    rate_limits,
    reasoning,
    refused,
    text,
    text_part,
    tool_call,
    url_citation,
    web_search,
)

WISHES: dict[str, Any] = {
    "instructions": "Be brief.",
    "tools": [
        {"type": "function", "name": "add"},
        {"type": "custom", "name": "patch"},
        {"type": "web_search_preview"},
        {"type": "image_generation"},
        {
            "type": "namespace",
            "name": "room",
            "description": "d",
            "tools": [{"type": "function", "name": "sub", "parameters": {"type": "object"}}],
        },
    ],
    "tool_choice": {"type": "function", "name": "add"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {"verbosity": "low", "format": {"type": "json_object"}},
    "metadata": {"a": "b"},
    "max_output_tokens": 100,
    "service_tier": "priority",
    "user": "u",
}

RAW = {"item_id": "rs_0", "output_index": 0, "content_index": 0}
IMAGE = {"item_id": "ig_0", "output_index": 0}
IMAGE_CALL = {
    "id": "ig_0",
    "type": "image_generation_call",
    "status": "completed",
    "result": "aGk=",
}

STREAMS: dict[str, list[UpstreamEvent]] = {
    "text": [created(), in_progress(), *message("Hel", "lo", phase="final_answer"), completed()],
    "queued": [created(), Queued(response=Response(id="resp_1")), completed()],
    "everything": [
        created(),
        *reasoning("a", "b", index=0),
        *web_search(index=1),
        *message("see", index=2, annotations=[url_citation()]),
        *refused("no", index=3),
        *tool_call("add", {"a": 1}, index=4),
        *custom_call("patch", "x", index=5),
        completed(),
    ],
    "raw reasoning": [
        created(),
        ItemAdded(item={"id": "rs_0", "type": "reasoning", "summary": []}),
        PartAdded(**RAW, part={"type": "reasoning_text", "text": ""}),
        ReasoningDelta(**RAW, delta="hm"),
        ReasoningDone(**RAW, text="hm"),
        PartDone(**RAW, part={"type": "reasoning_text", "text": "hm"}),
        incomplete("content_filter"),
    ],
    "image": [
        created(),
        added({"id": "ig_0", "type": "image_generation_call"}),
        Other("response.image_generation_call.in_progress", IMAGE),
        Other("response.image_generation_call.generating", IMAGE),
        Other(
            "response.image_generation_call.partial_image",
            IMAGE | {"partial_image_b64": "aGk=", "partial_image_index": 0, "size": "1024x1024"},
        ),
        Other("response.image_generation_call.completed", IMAGE),
        done(IMAGE_CALL),
        completed(),
    ],
    "search": [
        created(),
        added({"id": "ws_0", "type": "web_search_call"}),
        Other("response.web_search_call.in_progress", {"item_id": "ws_0", "output_index": 0}),
        Other("response.web_search_call.searching", {"item_id": "ws_0", "output_index": 0}),
        Other("response.web_search_call.completed", {"item_id": "ws_0", "output_index": 0}),
        incomplete(),
    ],
    "cut short": [
        created(),
        *message("hi")[:3],
        added(call_item("f", index=1), 1),
        arguments("{", 1),
        Incomplete(response=Response(id="resp_1")),
    ],
    "disorder": [text("hi"), *message("hi"), done(call_item("f", index=1), 1), completed()],
    "terse": [done({"content": [{"type": "output_text"}]}), completed()],
}


WORDS = st.lists(st.text(max_size=5), max_size=4)
INDEX = st.integers(0, 3)


def items(index: int) -> st.SearchStrategy[list[UpstreamEvent]]:
    """One whole item."""
    return st.one_of(
        WORDS.map(lambda words: message(*words, index=index, annotations=[url_citation()])),
        WORDS.map(lambda words: refused(*words, index=index)),
        WORDS.map(lambda words: reasoning(*words, index=index)),
        st.text(max_size=9).map(lambda value: tool_call("f", value, index=index)),
        st.text(max_size=9).map(lambda value: custom_call("c", value, index=index)),
        st.just(web_search(index=index)),
    )


SINGLE = st.one_of(
    st.just(in_progress()),
    st.just(rate_limits()),
    st.just(Other("keepalive", {})),
    st.just(Other("response.web_search_call.searching", {"item_id": "ws_0", "output_index": 0})),
    st.builds(text, st.text(max_size=5), INDEX),
    st.builds(arguments, st.text(max_size=5), INDEX),
    st.builds(part_added, INDEX),
    INDEX.flatmap(items).flatmap(st.sampled_from),
)

ENDINGS = st.sampled_from(
    [
        completed(),
        incomplete(),
        completed(output=[message_item([text_part("hi")])]),
        Completed(response=Response()),
        Incomplete(response=Response()),
    ]
)


@st.composite
def orderly(draw: st.DrawFn) -> list[UpstreamEvent]:
    """As the backend speaks."""
    count = draw(st.integers(0, 4))
    body = [event for index in range(count) for event in draw(items(index))]
    return [rate_limits(), created(), in_progress(), *body, draw(ENDINGS)]


@st.composite
def wild(draw: st.DrawFn) -> list[UpstreamEvent]:
    """As no backend should speak, but for the greeting and an end."""
    body = draw(st.lists(SINGLE, max_size=15))
    late = draw(st.lists(SINGLE, max_size=3))
    return [created(), *body, draw(ENDINGS), *late]
