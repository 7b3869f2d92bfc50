"""Compressed bodies, counted while they are inflated.

A body is fed in small slices: no more memory is ever taken than the limit and what one slice can
become, 1 MiB with gzip and 32 MiB with zstd, however large the bomb.
"""

import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from codex2api.errors import ApiError, Kind

_SLICE = 1024
_MOST_PARTS = 4096
"""Members of gzip, frames of zstd: some tools write one for each 64 KiB, and none so many."""

_WIDEST_WINDOW = 8 * 1024 * 1024
"""Bytes; what RFC 9659 allows zstd in HTTP."""


class _Stream(Protocol):
    """One member or frame."""

    @property
    def eof(self) -> bool:
        """Whether its end has been seen."""

    @property
    def unused_data(self) -> bytes:
        """What came after it."""

    def decompress(self, data: bytes, /) -> bytes:
        """What can be inflated by now."""


def _gzip() -> _Stream:
    return zlib.decompressobj(wbits=31)


def _zstd() -> _Stream:
    return zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW).decompressobj()


_CODINGS: dict[str, Callable[[], _Stream]] = {"gzip": _gzip, "x-gzip": _gzip, "zstd": _zstd}


def inflate(body: bytes, coding: str, limit: int) -> bytes | None:
    """What a compressed body holds; ``None`` if that is more than ``limit`` bytes.

    Raises:
        ApiError: ``UNSUPPORTED_MEDIA`` for another coding; ``BAD_REQUEST`` if the body is damaged
            or ends too early.
    """
    begin = _CODINGS.get(coding)
    if begin is None:
        raise ApiError(
            Kind.UNSUPPORTED_MEDIA,
            "Request bodies may be plain, or compressed with gzip or zstd.",
            param="content-encoding",
        )
    try:
        return _inflated(body, begin, limit)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise ApiError(
            Kind.BAD_REQUEST, f"The request body is not valid {coding}.", param="content-encoding"
        ) from error


def _inflated(body: bytes, begin: Callable[[], _Stream], limit: int) -> bytes | None:
    parts: list[bytes] = []
    stream, streams = begin(), 1
    for at in range(0, len(body), _SLICE):
        piece = body[at : at + _SLICE]
        while piece:
            if stream.eof:
                stream, streams = begin(), streams + 1
            parts.append(stream.decompress(piece))
            limit -= len(parts[-1])
            if limit < 0:
                return None
            piece = stream.unused_data
        if streams > _MOST_PARTS:
            raise EOFError("too many parts")
    if not stream.eof:
        raise EOFError("cut")
    return b"".join(parts)
