"""Only events and fields of the public API reach the caller."""

from typing import Any

import msgspec

from codex2api.protocol import json
from codex2api.protocol.events import Other, parse_events
from tests.dialects.responses.streams import kinds, stream, whole
from tests.events import (
    added,
    call_item,
    completed,
    created,
    custom_call,
    done,
    incomplete,
    message,
    reasoning,
    reasoning_item,
    refused,
    tool_call,
    url_citation,
    web_search,
)


def test_what_is_not_public_does_not_get_through() -> None:
    noise = parse_events(
        [
            b'{"type":"codex.rate_limits","plan_type":"plus"}',
            b'{"type":"codex.response.metadata","headers":{}}',
            b'{"type":"response.metadata","headers":{},"metadata":{}}',
            b'{"type":"responsesapi.websocket_timing"}',
            b'{"type":"keepalive","sequence_number":9}',
            b'{"type":"response.tomorrow"}',
            b'{"type":"response.output_text.delta","delta":null}',
        ]
    )
    assert len(noise) == 7
    assert stream(noise) == []
    assert kinds(stream([created(), *noise, completed()])) == ["created", "completed"]


def test_vendor_fields_do_not_get_through() -> None:
    vendor = {"vendor": 1, "internal_chat_message_metadata_passthrough": {"vendor": 1}}
    answer = message("Hel", "lo", index=1, phase="final_answer", annotations=[url_citation()])
    sent = [created(), *reasoning("a"), *answer, *web_search(index=2), completed()]
    spoilt = [_spoil(msgspec.to_builtins(event), vendor) for event in sent]
    heard = parse_events([json.encode(event) for event in spoilt])
    payloads = stream(heard)
    assert payloads == stream(sent)
    assert "vendor" not in str(payloads)
    assert str(payloads).count("'phase': 'final_answer'") == 3


def _spoil(value: Any, vendor: dict[str, Any]) -> Any:
    """The value with fields of the vendor's own in each of its objects."""
    if isinstance(value, list):
        return [_spoil(each, vendor) for each in value]
    if isinstance(value, dict):
        return {name: _spoil(each, vendor) for name, each in value.items()} | vendor
    return value


def test_every_kind_of_item() -> None:
    events = [
        created(),
        *reasoning("think", index=0),
        *web_search(index=1),
        *message("see", index=2, phase="commentary", annotations=[url_citation()]),
        *refused("no", index=3),
        *tool_call("add", {"a": 1}, index=4),
        *custom_call("patch", "x", index=5),
        completed(),
    ]
    payloads = stream(events)
    finished = [p["item"] for p in payloads if p["type"] == "response.output_item.done"]
    assert payloads[-1]["response"]["output"] == finished == whole(events)["output"]
    assert [item["type"] for item in finished] == [
        "reasoning",
        "web_search_call",
        "message",
        "message",
        "function_call",
        "custom_tool_call",
    ]
    arguments_end = [p for p in payloads if p["type"].endswith("arguments.done")]
    assert arguments_end[0]["name"] == "add"


def test_encrypted_reasoning_is_shown_only_when_it_is_final() -> None:
    payloads = stream([created(), *reasoning(index=0), completed()])
    assert "encrypted_content" not in payloads[1]["item"]
    assert payloads[2]["item"]["encrypted_content"] == "sealed-0"


def test_encrypted_reasoning_that_never_became_final_is_not_shown() -> None:
    begun = added(reasoning_item() | {"encrypted_content": "half"})
    shown = stream([created(), begun, incomplete()])[-1]["response"]["output"]
    assert shown == [{"id": "rs_0", "type": "reasoning", "status": "incomplete", "summary": []}]


def test_shapes_that_nobody_knows_do_not_break_the_stream() -> None:
    odd = [
        {"type": "message", "id": "msg_0", "content": ["x", {"type": "hologram", "depth": 1}]},
        {"type": "message", "id": "msg_1", "content": "x"},
        {"type": "web_search_call", "id": "ws_2", "status": "completed", "action": "search"},
    ]
    events = [created(), *(done(item, index) for index, item in enumerate(odd)), completed()]
    said = {"type": "message", "role": "assistant", "status": "completed"}
    assert stream(events)[-1]["response"]["output"] == [
        said | {"id": "msg_0", "content": [{"type": "hologram", "depth": 1}]},
        said | {"id": "msg_1", "content": []},
        {"type": "web_search_call", "id": "ws_2", "status": "completed", "action": {}},
    ]


def test_a_namespace_is_kept() -> None:
    item = call_item("f") | {"namespace": "room"}
    assert stream([done(item), completed()])[-1]["response"]["output"][0]["namespace"] == "room"


def test_items_of_codex_itself_pass() -> None:
    item = {
        "type": "agent_message",
        "author": "a",
        "content": [],
        "internal_chat_message_metadata_passthrough": {},
    }
    shown = stream([done(item), completed()])[-1]["response"]["output"]
    assert shown == [{"type": "agent_message", "author": "a", "content": []}]


def test_progress_of_hosted_tools() -> None:
    at = {"item_id": "ig_0", "output_index": 0}
    partial = {
        "partial_image_index": 0,
        "partial_image_b64": "aGk=",
        "output_format": "png",
        "vendor": 1,
    }
    name = "response.image_generation_call"
    events = [
        created(),
        Other(f"{name}.in_progress", {"type": "", "sequence_number": 70} | at),
        Other(f"{name}.partial_image", at | partial),
        Other("response.web_search_call.searching", {"item_id": "ws_1", "output_index": 1}),
    ]
    del partial["vendor"]
    assert stream(events)[1:] == [
        {"type": f"{name}.in_progress", "sequence_number": 1} | at,
        {"type": f"{name}.partial_image", "sequence_number": 2} | at | partial,
        {
            "type": "response.web_search_call.searching",
            "sequence_number": 3,
            "item_id": "ws_1",
            "output_index": 1,
        },
    ]


def test_a_hosted_call_that_never_ended_has_failed() -> None:
    begun = web_search()[0]
    payloads = stream([created(), begun, incomplete()])
    assert payloads[-1]["response"]["output"][0]["status"] == "failed"
