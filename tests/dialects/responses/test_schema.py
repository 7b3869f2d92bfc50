"""What we answer, against OpenAI's published schema."""

from typing import Any

import pytest

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
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
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.schemas import check, named_after, properties_of
from tests.dialects.responses.streams import stream, whole
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
    reasoning,
    refused,
    text,
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


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_event_is_of_its_public_schema(name: str, wishes: dict[str, Any]) -> None:
    public = named_after("ResponseStreamEvent")
    for payload in stream(STREAMS[name], **wishes):
        schema = public[payload["type"]]
        check(payload, schema)
        assert set(payload) <= properties_of(schema)


@pytest.mark.parametrize("name", STREAMS)
def test_every_item_has_public_fields_only(name: str) -> None:
    public = named_after("OutputItem")
    # Newer than the schema, and in the official client's types.
    newer = {"status", "revised_prompt", "size", "quality", "background", "output_format"}
    for item in whole(STREAMS[name])["output"]:
        assert set(item) <= properties_of(public[item["type"]]) | newer


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_reply_is_of_the_public_schema(name: str, wishes: dict[str, Any]) -> None:
    reply = whole(STREAMS[name], **wishes)
    check(reply, "Response")
    # The schema has no place for it, though OpenAI's own answers have it.
    assert set(reply) - properties_of("Response") == {"store"}


@pytest.mark.parametrize("kind", [Kind.UPSTREAM_UNAVAILABLE, Kind.RATE_LIMITED, Kind.BAD_REQUEST])
def test_a_failure_is_of_the_public_schema(kind: Kind) -> None:
    translator = ResponsesTranslator(request(), HEAD)
    _, failed, error = translator.fail(ApiError(kind, "It broke."))
    check(failed.data, "ResponseFailedEvent")
    check(error.data, "ResponseErrorEvent")
