"""Request bodies: read once, bounded, inflated under the same bound."""

import zlib
from collections.abc import Mapping

import zstandard
from starlette.types import Receive

from codex2api.api.disconnect import CallerLeftError
from codex2api.errors import ApiError, Kind


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body, inflated if it came compressed.

    Args:
        headers: The request's.
        receive: Where its messages come from.
        limit: Bytes allowed, before and after inflating.

    Raises:
        ApiError: ``BODY_TOO_LARGE`` (early, if the length was declared) or ``UNSUPPORTED_MEDIA``.
        CallerLeftError: The caller left in the middle of it.
    """
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        more = message.get("more_body", False)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    return body if encoding in ("identity", "") else _inflate(body, encoding, limit)


def _inflate(body: bytes, encoding: str, limit: int) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip"):
            inflated = zlib.decompressobj(wbits=31).decompress(body, limit + 1)
        elif encoding == "zstd":
            with zstandard.ZstdDecompressor().stream_reader(body) as reader:
                inflated = reader.read(limit + 1)
        else:
            raise ApiError(
                Kind.UNSUPPORTED_MEDIA,
                "Request bodies may be plain, or compressed with gzip or zstd.",
                param="content-encoding",
            )
    except (zlib.error, zstandard.ZstdError) as error:
        raise ApiError(
            Kind.BAD_REQUEST, f"The request body is not valid {encoding}.", param="content-encoding"
        ) from error
    if len(inflated) > limit:
        raise _too_large(limit)
    return inflated


def _too_large(limit: int) -> ApiError:
    return ApiError(
        Kind.BODY_TOO_LARGE,
        f"The request body is larger than {limit:,} bytes (setting server.maxBodyBytes).",
    )
