import base64
import struct
from typing import Any

import pytest

from codex2api.protocol.items import (
    custom_tool_call,
    function_call,
    function_call_output,
    input_file,
    input_image,
    input_text,
    message,
    refusal,
)
from codex2api.protocol.picture import picture_size
from codex2api.protocol.request import ResponsesRequest, TextOptions
from codex2api.protocol.weight import item_tokens, request_tokens


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


def url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(640, 480), (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 3, 5), (3, 5)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08" + struct.pack(">HH", 9, 7), (7, 9)),
        (b"RIFF....WEBPVP8 " + bytes(10) + struct.pack("<HH", 30, 40), (30, 40)),
        (b"RIFF....WEBPVP8L" + bytes(5) + struct.pack("<I", 29 | 39 << 14), (30, 40)),
        (b"RIFF....WEBPVP8X" + bytes(8) + b"\x1d\0\0\x27\0\0", (30, 40)),
        (b"RIFF....WEBPVP9?", None),
        (png(0, 9), None),
        (b"\x89PNG", None),
        (b"\xff\xd8\xff", None),
        (b"", None),
    ],
)
def test_a_picture_tells_its_size(data: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(data) == size


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (input_image("https://example.org/a.png"), 70 + 4 * 140),
        (input_image("https://example.org/a.png", "low"), 70),
        (input_image(url(png(512, 512))), 70 + 140),
        (input_image(url(png(513, 512))), 70 + 2 * 140),
        (input_image(url(png(4096, 2048))), 70 + 6 * 140),
        (input_image("data:image/png;base64,!"), 70 + 4 * 140),
        (input_file("a.txt", f"data:text/plain;base64,{base64.b64encode(b'hello').decode()}"), 3),
        (input_file("a.pdf", base64.b64encode(b"\xff" * 400).decode()), 102),
        (input_text("hello world"), 2),
        (refusal("No."), 2),
        ({"type": "encrypted_content", "encrypted_content": "a" * 32}, 6),
        ({"type": "something_new"}, 6),
    ],
)
def test_what_a_part_weighs(part: Any, tokens: int) -> None:
    assert item_tokens(message("user", [part])) == 4 + tokens


@pytest.mark.parametrize(
    ("item", "tokens"),
    [
        (function_call("c", "add", "{}"), 2),
        (function_call_output("c", "hello world"), 2),
        (function_call_output("c", [input_text("hello world")]), 2),
        (custom_tool_call("c", "add", "hello world"), 3),
        ({"type": "reasoning", "encrypted_content": "a" * 16}, 3),
        ({"type": "compaction", "encrypted_content": "a" * 16}, 3),
        ({"type": "image_generation_call", "result": url(png(512, 512))}, 210),
        ({"type": "something_new"}, 6),
    ],
)
def test_what_an_item_weighs(item: Any, tokens: int) -> None:
    assert item_tokens(item) == 4 + tokens


def test_what_a_request_weighs() -> None:
    tool = {"type": "function", "name": "f"}
    request = ResponsesRequest(
        model="m",
        input=[message("user", [input_text("hello world")])],
        instructions="Be brief.",
        tools=[tool],
        text=TextOptions(format={"type": "json_object"}),
    )

    assert request_tokens(request) == 3 + (4 + 2) + (4 + 3) + (4 + 9) + 6
