"""The usage at the end of an answer that passes unread."""

import itertools

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol.tail import Tail
from codex2api.protocol.usage import InputTokens, OutputTokens, Usage

COMPLETED = (
    b'event: response.completed\ndata: {"type":"response.completed","response":{"output":[],'
    b'"usage":{"input_tokens":21,"input_tokens_details":{"cached_tokens":20},"output_tokens":10,'
    b'"output_tokens_details":{"reasoning_tokens":4},"total_tokens":31},"user":null}}\n\n'
)
USED = Usage(
    input_tokens=21,
    input_tokens_details=InputTokens(cached_tokens=20),
    output_tokens=10,
    output_tokens_details=OutputTokens(reasoning_tokens=4),
    total_tokens=31,
)


def usage_of(*parts: bytes) -> Usage | None:
    tail = Tail()
    for part in parts:
        tail.add(part)
    return tail.usage()


@given(st.lists(st.integers(0, len(COMPLETED)), max_size=5), st.integers(0, 100_000))
def test_however_it_is_cut(cuts: list[int], before: int) -> None:
    places = [0, *sorted(cuts), len(COMPLETED)]
    parts = [COMPLETED[begin:end] for begin, end in itertools.pairwise(places)]
    assert usage_of(b"x" * before, *parts) == USED


def test_the_last_one_counts() -> None:
    early = b'data: {"type":"response.created","response":{"usage":null}}\n\n'
    assert usage_of(early, COMPLETED) == USED
    assert usage_of(COMPLETED, early) is None


@pytest.mark.parametrize(
    "end",
    [
        b"",
        b"data: [DONE]\n\n",
        b'data: {"delta":"\\"usage\\":{\\"input_tokens\\":1}"}\n\n',
        COMPLETED[:150],
        b'{"usage":"none"}',
        b'{"usage":{"input_tokens":"many"}}',
        b'{"usage":' + b"[" * 16_000,
        b'{"usage":\xff}',
    ],
)
def test_none_is_no_failure(end: bytes) -> None:
    assert usage_of(end) is None


def test_little_is_kept() -> None:
    tail = Tail()
    for _ in range(10_000):
        tail.add(b"x" * 1000)
    assert sum(map(len, tail._parts)) < 18_000
