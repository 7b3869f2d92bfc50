"""Payloads as events: known ones typed, unknown ones kept, noise left out."""

from typing import get_args

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol import json
from codex2api.protocol.events import (
    Completed,
    ErrorSeen,
    Known,
    Other,
    RateLimitsSeen,
    TextDelta,
    parse_events,
)
from codex2api.protocol.sse import SseDecoder
from codex2api.protocol.usage import InputTokens, OutputTokens, Usage
from tests.events import (
    completed,
    created,
    custom_call,
    error,
    failed,
    in_progress,
    incomplete,
    message,
    rate_limits,
    reasoning,
    refused,
    sse,
    text,
    tool_call,
    url_citation,
    web_search,
)

EVERYTHING = [
    rate_limits(),
    created(),
    in_progress(),
    *reasoning("First.", "Second."),
    *web_search(index=1),
    *message("Hello", " you", index=2, annotations=[url_citation()]),
    *tool_call("add", {"a": 1}, index=3),
    *custom_call("patch", "*** x", index=4),
    *refused("No.", index=5),
    incomplete(),
    failed(),
    error(),
    completed(),
]


def test_events_survive_the_wire() -> None:
    assert parse_events(SseDecoder().feed(sse(EVERYTHING))) == EVERYTHING


def test_every_event_knows_its_name() -> None:
    names = [kind.__struct_config__.tag for kind in get_args(Known)]

    assert len(set(names)) == len(names)
    assert text("x").type == "response.output_text.delta"


def test_fields_of_no_use_are_left_behind() -> None:
    payload = (
        b'{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_0",'
        b'"output_index":0,"content_index":0,"delta":"hi","logprobs":[],"obfuscation":"x"}'
    )

    assert parse_events([payload]) == [text("hi")]


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "response.image_generation_call.partial_image", "partial_image_b64": "aa"},
        {"type": "codex.response.metadata", "headers": {"x": "y"}},
        {"type": "keepalive", "sequence_number": 3},
        {"type": "response.output_text.delta", "delta": {"not": "text"}},
        {"type": "response.output_item.done", "item": None},
        {"type": ""},
    ],
)
def test_unknown_events_and_unknown_shapes_are_kept_whole(payload: dict[str, json.Json]) -> None:
    assert parse_events([json.encode(payload)]) == [Other(payload["type"], payload)]


@pytest.mark.parametrize(
    "noise",
    [b"", b"[]", b"null", b"1", b'"x"', b"[DONE]", b"{}", b'{"type":7}', b"{", b"\xff", b"{" * 9],
)
def test_noise_is_left_out(noise: bytes) -> None:
    assert parse_events([noise, json.encode(text("hi"))]) == [text("hi")]


def test_deep_nesting_is_noise() -> None:
    assert parse_events([b'{"type":"x","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"]) == []


def test_invalid_utf8_costs_one_character_not_the_stream() -> None:
    payload = json.encode(text("a?b")).replace(b"?", b"\xff")

    assert parse_events([payload]) == [text("a\ufffdb")]


def test_a_lone_surrogate_is_noise_and_the_stream_goes_on() -> None:
    payload = json.encode(text("a?b")).replace(b"?", b"\\ud800")

    assert parse_events([payload, json.encode(text("c"))])[-1] == text("c")


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_payload_breaks_a_stream(payloads: list[bytes]) -> None:
    parse_events(payloads)


def test_null_where_a_number_is_usual() -> None:
    payload = (
        b'{"type":"response.completed","response":{"id":"resp_1","usage":{"input_tokens":null,'
        b'"input_tokens_details":null,"output_tokens":3,'
        b'"output_tokens_details":{"reasoning_tokens":null},"total_tokens":null}}}'
    )

    [event] = parse_events([payload])

    assert isinstance(event, Completed)
    assert event.response.usage is not None
    assert event.response.usage.cached == 0
    assert event.response.usage.reasoned == 0


def test_usage_tells_its_details() -> None:
    usage = Usage(
        input_tokens_details=InputTokens(cached_tokens=5),
        output_tokens_details=OutputTokens(reasoning_tokens=7),
    )

    assert (usage.cached, usage.reasoned) == (5, 7)


def test_limits_with_little_in_them() -> None:
    assert parse_events([b'{"type":"codex.rate_limits"}']) == [RateLimitsSeen()]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"error","code":"server_error","message":"It broke.","param":null}',
        b'{"type":"error","error":{"code":"server_error","message":"It broke."},"status":500}',
    ],
)
def test_both_forms_of_an_error_are_seen(payload: bytes) -> None:
    [event] = parse_events([payload])

    assert isinstance(event, ErrorSeen)


@given(st.text())
def test_any_text_survives(delta: str) -> None:
    event = text(delta)

    [back] = parse_events(SseDecoder().feed(sse([event])))

    assert isinstance(back, TextDelta)
    assert back == event


@pytest.mark.parametrize(
    "noise", [b"[]", b"null", b"[DONE]", b"", b"{}", b'{"type":1}', b"1,2", b"]["]
)
def test_noise_beside_events_costs_none_of_them(noise: bytes) -> None:
    first, second = (json.encode(event) for event in (text("a"), text("b")))
    told = [text("a"), text("b")]
    assert parse_events([first, noise, second]) == told
    assert parse_events([noise, first, second]) == told
    assert parse_events([first, second, noise]) == told


def test_two_events_in_one_payload_are_none() -> None:
    first, second = (json.encode(event) for event in (text("a"), text("b")))
    assert parse_events([first + b"," + second, second]) == [text("b")]
