"""Laws of the SSE decoder: the grammar of the standard, however the bytes are cut."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from msgspec import Raw

from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.sse import KEEPALIVE, Frame, SseDecoder, encode

LINES = st.sampled_from(
    [
        "data: a",
        "data:b",
        "data:  two spaces",
        "data",
        "data:",
        "data: \u2028 is no line end",
        "data: naïve 🙂",
        "database: not data",
        ": comment",
        ":",
        "event: response.created",
        "id: 7",
        "retry: 10",
        "unknown",
        "",
    ]
)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(LINES, LINE_ENDS), max_size=30))
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return mark + "".join(line + end for line, end in lines).encode()


def read_by_the_standard(stream: bytes) -> list[bytes]:
    """The standard's algorithm, word by word, on the whole stream; an open event is dispatched."""
    text = stream.decode().removeprefix("\ufeff")
    payloads, data = [], []
    for line in [*re.split("\r\n|\n|\r", text), ""]:
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
        else:
            payloads.append("\n".join(data).encode())
            data = []
    return [payload for payload in payloads if payload]


def read(*pieces: bytes) -> list[bytes]:
    decoder = SseDecoder()
    return [payload for piece in pieces for payload in decoder.feed(piece)] + decoder.close()


@given(stream=streams())
def test_a_stream_is_read_by_the_standard(stream: bytes) -> None:
    assert read(stream) == read_by_the_standard(stream)


@given(stream=streams(), data=st.data())
def test_any_cutting_gives_the_same_payloads(stream: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]

    assert read(*pieces) == read(stream)


@given(stream=streams())
def test_byte_by_byte_gives_the_same_payloads(stream: bytes) -> None:
    assert read(*(bytes([byte]) for byte in stream)) == read(stream)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_event_is_told_as_soon_as_its_blank_line_is_here(end: str) -> None:
    decoder = SseDecoder()

    assert decoder.feed(f"data: 1{end}{end}".encode()) == [b"1"]
    assert decoder.feed(f"data: 2{end}".encode()) == []
    assert decoder.feed(end.encode()) == [b"2"]
    assert decoder.close() == []


def test_a_line_feed_after_a_cut_is_part_of_the_carriage_return_before_it() -> None:
    decoder = SseDecoder()

    assert decoder.feed(b"data: 1\r") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\ndata: 2\r") == []
    assert decoder.feed(b"\n\r\n") == [b"1\n2"]


def test_several_data_lines_are_one_payload() -> None:
    assert read(b"data: {\ndata:  1\ndata\ndata: }\n\n") == [b"{\n 1\n\n}"]


@pytest.mark.parametrize(
    "odd", [b": hello\n\n", b"event: ping\n\n", b"\n\n", b"id: 1\n\n", b"data:\n\n", b"data: \n\n"]
)
def test_what_has_no_data_is_passed_over_wherever_it_stands(odd: bytes) -> None:
    one, two = b"event: a\ndata: 1\n\n", b"data: 2\n\n"
    for stream in (odd + one + two, one + odd + two, one + two + odd):
        assert SseDecoder().feed(stream) == [b"1", b"2"]


def test_the_last_event_needs_no_blank_line() -> None:
    assert read(b"data: 1\n\ndata: 2") == [b"1", b"2"]


def test_a_mark_cut_in_pieces_is_still_a_mark() -> None:
    assert read(b"\xef", b"\xbb", b"\xbfdata: 1\n\n") == [b"1"]


def test_only_the_first_mark_is_a_mark() -> None:
    assert read(b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n") == [b"1"]


def test_bytes_that_are_not_utf8_pass_through() -> None:
    assert read(b"data: \xff\xfe\n\n") == [b"\xff\xfe"]


def test_an_event_of_five_megabytes_in_small_reads() -> None:
    payload = b"x" * 5_000_000
    stream = b"event: big\ndata: " + payload + b"\n\ndata: 1\n\n"
    pieces = [stream[at : at + 16_384] for at in range(0, len(stream), 16_384)]

    assert read(*pieces) == [payload, b"1"]


def test_an_event_of_a_hundred_thousand_lines() -> None:
    assert read(b"data: x\n" * 100_000 + b"\n") == [b"\n".join([b"x"] * 100_000)]


def test_an_event_without_end_is_refused() -> None:
    decoder = SseDecoder(max_event_bytes=100)
    decoder.feed(b"data: " + b"x" * 90)

    with pytest.raises(ApiError) as caught:
        decoder.feed(b"x" * 10)

    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values=st.lists(JSON, max_size=6))
def test_frames_survive_the_wire(values: list[json.Json]) -> None:
    wire = encode(Frame(value, "name" if value else None) for value in values)

    assert [json.decode(payload) for payload in read(wire)] == values


def test_the_form_of_frames() -> None:
    frames = [Frame({"a": 1}, "response.created"), Frame(Raw(b"[DONE]"))]

    assert encode(frames) == b'event: response.created\ndata: {"a":1}\n\ndata: [DONE]\n\n'


def test_a_keepalive_says_nothing() -> None:
    assert read(KEEPALIVE + b"data: [DONE]\n\n") == [b"[DONE]"]
