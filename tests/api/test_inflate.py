"""Compressed bodies: whole, in parts, cut, damaged, and far larger than they look."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, strategies as st

from codex2api.api.inflate import inflate
from codex2api.errors import ApiError, Kind

Pack = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    """Without the size in its head, as streaming clients send it."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


PACKS: dict[str, Pack] = {"gzip": lambda data: gzip.compress(data, 6), "zstd": zstd}
MEGABYTE = 1 << 20


@pytest.fixture(params=PACKS)
def coding(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=4), st.sampled_from(sorted(PACKS)))
def test_parts_one_after_the_other_are_one_body(parts: list[bytes], coding: str) -> None:
    whole = b"".join(parts)
    packed = b"".join(map(PACKS[coding], parts))

    assert inflate(packed, coding, len(whole)) == whole
    assert whole == b"" or inflate(packed, coding, len(whole) - 1) is None


@given(st.binary(min_size=1, max_size=3000), st.sampled_from(sorted(PACKS)), st.data())
def test_a_cut_body_is_refused_wherever_it_is_cut(
    data: bytes, coding: str, draw: st.DataObject
) -> None:
    packed = PACKS[coding](data)
    cut = draw.draw(st.integers(0, len(packed) - 1))

    assert refused(packed[:cut], coding) is Kind.BAD_REQUEST
    assert refused(packed + packed[:cut], coding) is (Kind.BAD_REQUEST if cut else None)


def refused(packed: bytes, coding: str) -> Kind | None:
    found: ApiError | None = None
    try:
        inflate(packed, coding, MEGABYTE)
    except ApiError as error:
        found = error
    assert found is None or found.param == "content-encoding"
    return None if found is None else found.kind


def test_what_is_damaged_or_followed_by_anything_is_refused(coding: str) -> None:
    packed = PACKS[coding](b"hello " * 100)

    for bad in (packed + b"\0", packed + b"{}", b"{}", packed[:20] + b"\xff" + packed[21:]):
        assert refused(bad, coding) is Kind.BAD_REQUEST


def test_a_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"hello"))
    packed[-8] ^= 1
    framed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"hello"))
    framed[-1] ^= 1

    assert refused(bytes(packed), "gzip") is Kind.BAD_REQUEST
    assert refused(bytes(framed), "zstd") is Kind.BAD_REQUEST


@pytest.mark.parametrize("other", ["br", "deflate", "compress", "gzip, gzip", "gzip,identity", "x"])
def test_other_codings_are_not_taken(other: str) -> None:
    assert refused(zlib.compress(b"{}"), other) is Kind.UNSUPPORTED_MEDIA


def test_a_window_wider_than_http_allows_is_refused() -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    packed = packer.compress(bytes(MEGABYTE)) + packer.flush()

    assert refused(packed, "zstd") is Kind.BAD_REQUEST


def test_endless_empty_parts_are_refused(coding: str) -> None:
    assert refused(PACKS[coding](b"") * 10_000, coding) is Kind.BAD_REQUEST


def bomb(coding: str, size: int) -> bytes:
    zeros = bytes(MEGABYTE)
    packer = (
        zlib.compressobj(9, wbits=31)
        if coding == "gzip"
        else zstandard.ZstdCompressor().compressobj()
    )
    return b"".join(packer.compress(zeros) for _ in range(size // MEGABYTE)) + packer.flush()


def test_a_bomb_takes_no_more_than_the_limit_and_a_slice(coding: str) -> None:
    packed = bomb(coding, 768 * MEGABYTE)
    assert len(packed) < MEGABYTE
    tracemalloc.start()
    try:
        assert inflate(packed, coding, 4 * MEGABYTE) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 45 * MEGABYTE
