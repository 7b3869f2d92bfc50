"""Request bodies are read once, bounded and inflated."""

import gzip
from collections.abc import Iterator

import pytest
import zstandard
from starlette.datastructures import Headers
from starlette.types import Message

from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerLeftError
from codex2api.errors import ApiError, Kind

LIMIT = 1000


async def read(*parts: bytes, headers: dict[str, str] | None = None, leaves: bool = False) -> bytes:
    def messages() -> Iterator[Message]:
        for index, part in enumerate(parts):
            more = leaves or index < len(parts) - 1
            yield {"type": "http.request", "body": part, "more_body": more}
        yield {"type": "http.disconnect"}

    source = messages()

    async def receive() -> Message:
        return next(source)

    return await read_body(Headers(headers or {}), receive, LIMIT)


async def test_parts_are_joined() -> None:
    assert await read(b"ab", b"", b"cd") == b"abcd"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
async def test_compressed_bodies_are_inflated(pack: object) -> None:
    encoding = "gzip" if pack is gzip.compress else "zstd"
    assert await read(pack(b"hello"), headers={"content-encoding": encoding}) == b"hello"  # type: ignore[operator]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
async def test_a_bomb_is_too_large(pack: object) -> None:
    encoding = "gzip" if pack is gzip.compress else "zstd"
    with pytest.raises(ApiError) as caught:
        await read(pack(b"\0" * 1_000_000), headers={"content-encoding": encoding})  # type: ignore[operator]
    assert caught.value.kind is Kind.BODY_TOO_LARGE


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_nonsense_is_the_callers_fault(encoding: str) -> None:
    with pytest.raises(ApiError) as caught:
        await read(b"nonsense", headers={"content-encoding": encoding})
    assert caught.value.kind is Kind.BAD_REQUEST


async def test_other_encodings_are_refused() -> None:
    with pytest.raises(ApiError) as caught:
        await read(b"x", headers={"content-encoding": "br"})
    assert caught.value.kind is Kind.UNSUPPORTED_MEDIA


async def test_too_large_is_known_early_by_its_declared_length_and_late_by_counting() -> None:
    for parts, headers in (((), {"content-length": "1001"}), ((b"x" * 600, b"x" * 600), {})):
        with pytest.raises(ApiError) as caught:
            await read(*parts, headers=headers)
        assert caught.value.kind is Kind.BODY_TOO_LARGE


async def test_a_caller_who_leaves_is_not_answered() -> None:
    with pytest.raises(CallerLeftError):
        await read(b"half", leaves=True)
