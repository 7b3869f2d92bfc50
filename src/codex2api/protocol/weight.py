"""What a request weighs, in tokens, before it is sent. The rules are told in docs/input-tokens.md.

Text is counted; what surrounds it, and everything that is no text, is charged by rule.
"""

import base64
import binascii
from collections.abc import Iterable
from math import ceil
from typing import Any

from codex2api.protocol.items import Item, Part
from codex2api.protocol.json import encode
from codex2api.protocol.picture import picture_size
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.tokens import count_tokens

_FRAME = 4
"""Around each message, call or tool: its beginning, who speaks, and its end."""

_ANSWER = 3
"""The beginning of the answer, which is written into every request."""

_PICTURE = 70
_TILE = 140
_UNKNOWN_SIZE = (1024, 1024)
_LONGEST_SIDE = 2048
_SHORT_SIDE = 768
_TILE_SIDE = 512

_SEALED_CHARACTERS = 16 / 3
"""Of encrypted content for one token: four letters, in base64."""

_BYTES_A_TOKEN = 4
"""Of a file that is no text."""


def request_tokens(request: ResponsesRequest) -> int:
    """Tokens of all that the model reads."""
    tokens = _ANSWER + sum(map(item_tokens, request.input))
    if request.instructions:
        tokens += _FRAME + count_tokens(request.instructions)
    tokens += sum(_FRAME + _json(tool) for tool in request.tools)
    if request.text.format is not None:
        tokens += _json(request.text.format)
    return tokens


def item_tokens(item: Item) -> int:
    """Tokens of one item."""
    return _FRAME + _said(item)


def _said(item: Item) -> int:
    match item.get("type"):
        case "message":
            return _content(item.get("content"))
        case "function_call" | "custom_tool_call":
            return _texts(item, ("name", "arguments", "input"))
        case "function_call_output" | "custom_tool_call_output":
            return _content(item.get("output"))
        case "reasoning" | "compaction":
            return _sealed(item.get("encrypted_content"))
        case "image_generation_call":
            return _picture({"image_url": item.get("result")})
        case _:
            return _json(item)


def _content(content: Any) -> int:
    if isinstance(content, str):
        return count_tokens(content)
    return sum(_part(part) for part in content or () if isinstance(part, dict))


def _part(part: Part) -> int:
    match part.get("type"):
        case "input_text" | "output_text":
            return count_tokens(str(part.get("text", "")))
        case "refusal":
            return count_tokens(str(part.get("refusal", "")))
        case "input_image":
            return _picture(part)
        case "input_file":
            return _file(part)
        case "encrypted_content":
            return _sealed(part.get("encrypted_content"))
        case _:
            return _json(part)


def _picture(part: Part) -> int:
    if part.get("detail") == "low":
        return _PICTURE
    width, height = picture_size(_data(part.get("image_url"))) or _UNKNOWN_SIZE
    shrunk = min(1.0, _LONGEST_SIDE / max(width, height))
    shrunk = min(shrunk, _SHORT_SIDE / min(width, height))
    tiles = ceil(width * shrunk / _TILE_SIDE) * ceil(height * shrunk / _TILE_SIDE)
    return _PICTURE + _TILE * tiles


def _file(part: Part) -> int:
    name = count_tokens(str(part.get("filename") or ""))
    data = _data(part.get("file_data"))
    try:
        return name + count_tokens(data.decode())
    except UnicodeDecodeError:
        return name + len(data) // _BYTES_A_TOKEN


def _data(said: Any) -> bytes:
    """What a data URL or bare base64 carries; nothing of what is only an address."""
    if not isinstance(said, str) or said.startswith(("http:", "https:")):
        return b""
    try:
        return base64.b64decode(said.rpartition("base64,")[2])
    except (binascii.Error, ValueError):
        return b""


def _sealed(content: Any) -> int:
    return round(len(content) / _SEALED_CHARACTERS) if isinstance(content, str) else 0


def _texts(item: Item, names: Iterable[str]) -> int:
    return sum(count_tokens(str(item.get(name) or "")) for name in names)


def _json(value: Any) -> int:
    return count_tokens(encode(value).decode())
