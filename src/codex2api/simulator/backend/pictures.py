"""``/codex/images``: one image an answer, as the backend makes them."""

import base64
import binascii
import struct
import time
import zlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.bodies import parse_object, read_body
from codex2api.simulator.backend.images import check_image
from codex2api.simulator.backend.refusal import detail, envelope
from codex2api.simulator.backend.whole import send_whole
from codex2api.simulator.state import STATE

_FIELDS = frozenset({"prompt", "model", "background", "n", "quality", "size"})
_SIZES = {"1024x1024": (1024, 1024), "1536x1024": (1536, 1024), "1024x1536": (1024, 1536)}
_QUALITIES = ("low", "medium", "high")
_MOST_REFERENCES = 5


async def generations(request: web.Request) -> web.StreamResponse:
    """A new image."""
    return await _make(request, _FIELDS)


async def edits(request: web.Request) -> web.StreamResponse:
    """An image made from others."""
    return await _make(request, _FIELDS | {"images"})


async def _make(request: web.Request, known: frozenset[str]) -> web.StreamResponse:
    admit(request)
    body = parse_object(await read_body(request))
    _check(body, known)
    return await send_whole(request, body["prompt"], encode(_image(request, body)))


def _check(body: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in body:
        if name not in known:
            raise detail(f"Unsupported parameter: {name}")
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        raise envelope("Missing required parameter: 'prompt'.", "prompt", "missing")
    if not isinstance(body.get("model"), str):
        raise envelope("Missing required parameter: 'model'.", "model", "missing")
    if "images" not in known:
        return
    images = body.get("images")
    if not isinstance(images, list) or not 1 <= len(images) <= _MOST_REFERENCES:
        raise envelope("Expected 1 to 5 images.", "images", "invalid_value")
    for position, image in enumerate(images):
        check_image(image, f"images[{position}]")


def _image(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    # Size and quality are wishes: the backend makes what it thinks fit (reported, 2026-09).
    size = body.get("size") if body.get("size") in _SIZES else "1024x1024"
    quality = body.get("quality") if body.get("quality") in _QUALITIES else "medium"
    background = "transparent" if body.get("background") == "transparent" else "opaque"
    width, height = _SIZES[str(size)]
    picture = base64.b64encode(png(width, height)).decode()
    text = len(body["prompt"].split())
    seen = 200 * len(body.get("images") or ())
    return {
        "created": int(time.time()),
        "background": background,
        "data": [{"b64_json": picture, "generation_id": request.app[STATE].next_id()}],
        "output_format": "png",
        "quality": quality,
        "size": size,
        "usage": {
            "input_tokens": text + seen,
            "input_tokens_details": {"image_tokens": seen, "text_tokens": text},
            "output_tokens": 1000,
            "total_tokens": text + seen + 1000,
        },
    }


def png(width: int, height: int) -> bytes:
    """A grey image."""
    rows = zlib.compress((b"\0" + b"\x80" * width) * height, 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    mark = binascii.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", mark)


routes = [
    web.post("/backend-api/codex/images/generations", generations),
    web.post("/backend-api/codex/images/edits", edits),
]
