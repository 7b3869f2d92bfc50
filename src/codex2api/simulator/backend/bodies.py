"""Request bodies of the backend: plain, gzip or zstd, then JSON."""

import gzip
import zlib
from typing import Any

import zstandard
from aiohttp import web

from codex2api.protocol.json import decode
from codex2api.simulator.backend.refusal import RefusalError, detail

MAX_BODY = 64 * 1024 * 1024


async def read_body(request: web.Request) -> bytes:
    """The body without its content encoding.

    Raises:
        RefusalError: The encoding is unknown, or the bytes are not what it says.
    """
    data = await request.read()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    try:
        match encoding:
            case "identity":
                return data
            case "zstd":
                return _unpack_zstd(data)
            case "gzip":
                return gzip.decompress(data)
    except (zstandard.ZstdError, OSError, EOFError, zlib.error):
        raise detail(f"The body is not {encoding}.") from None
    raise RefusalError(415, {"detail": f"Unsupported content encoding: {encoding}"})


def _unpack_zstd(data: bytes) -> bytes:
    # Codex streams its frames, so they do not say how long they get.
    reader = zstandard.ZstdDecompressor().stream_reader(data)
    body = reader.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise RefusalError(413, {"detail": "Request body too large"})
    return body


def parse_object(data: bytes) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        RefusalError: It is none.
    """
    try:
        value = decode(data)
    except ValueError:
        raise detail("Invalid JSON") from None
    if not isinstance(value, dict):
        raise detail("The body must be a JSON object")
    return value
