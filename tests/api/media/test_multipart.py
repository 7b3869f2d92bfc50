"""Forms are read part by part, bounded, and hostile ones refused."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st
from starlette.types import Message, Receive

from codex2api.api.disconnect import CallerLeftError
from codex2api.api.media.multipart import read_form
from codex2api.dialects.openai_form import Form, Upload
from codex2api.errors import ApiError, Kind

TYPE = {"content-type": "multipart/form-data; boundary=xyz"}
LIMIT = 200_000


def part(name: str, value: bytes, filename: str | None = None, **headers: str) -> bytes:
    named = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    lines = {"Content-Disposition": named, **headers}
    head = "".join(f"{key}: {text}\r\n" for key, text in lines.items())
    return b"--xyz\r\n" + head.encode() + b"\r\n" + value + b"\r\n"


END = b"--xyz--\r\n"


def arriving(*pieces: bytes, leaves: bool = False) -> Receive:
    def messages() -> Iterator[Message]:
        for index, piece in enumerate(pieces):
            more = leaves or index < len(pieces) - 1
            yield {"type": "http.request", "body": piece, "more_body": more}
        yield {"type": "http.disconnect"}

    source = messages()

    async def receive() -> Message:
        return next(source)

    return receive


async def read(*pieces: bytes, headers: Any = None, **options: bool) -> Form:
    return await read_form(headers or TYPE, arriving(*pieces, **options), LIMIT)


async def refusal(*pieces: bytes, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await read(*pieces, **options)
    return caught.value


BODY = (
    part("prompt", "schön".encode())
    + part("image[]", b"\r\n--xy\r\n", "a.png", **{"Content-Type": "image/png"})
    + part("image[]", b"", "../../b.png")
    + END
)
FORM = Form(
    [("prompt", "schön")],
    [Upload("image", "a.png", b"\r\n--xy\r\n"), Upload("image", "../../b.png", b"")],
)


async def test_texts_and_files() -> None:
    assert await read(BODY) == FORM


@given(st.lists(st.integers(0, len(BODY)), max_size=6))
async def test_any_cutting_gives_the_same_form(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]
    pieces = [BODY[a:b] for a, b in pairwise(edges)]
    assert await read(*pieces) == FORM


async def test_an_empty_form_is_one() -> None:
    assert await read(END) == Form()


@pytest.mark.parametrize("length", [1, 50, len(BODY) - 10])
async def test_a_form_that_ends_early_is_refused(length: int) -> None:
    error = await refusal(BODY[:length])
    assert (error.kind, error.code) == (Kind.BAD_REQUEST, "invalid_form")


async def test_a_caller_who_leaves_is_no_error_of_ours() -> None:
    with pytest.raises(CallerLeftError):
        await read(BODY[:100], leaves=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"--xyz\r\nno header\r\n\r\n",
        b"--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--\r\n",
        part("n" * 300, b"x") + END,
        b"--xyz\r\n" + b"a: b\r\n" * 20 + b"\r\nx\r\n--xyz--\r\n",
        b"--xyz\r\na: " + b"b" * 9000 + b"\r\n\r\nx\r\n--xyz--\r\n",
        b"".join(part(f"p{i}", b"x") for i in range(1000)) + END,
    ],
)
async def test_broken_forms_are_refused(body: bytes) -> None:
    error = await refusal(body)
    assert (error.kind, error.code) == (Kind.BAD_REQUEST, "invalid_form")


async def test_what_is_too_large_is_refused() -> None:
    assert (await refusal(part("f", b"x" * LIMIT, "f") + END)).kind is Kind.BODY_TOO_LARGE
    declared = TYPE | {"content-length": str(LIMIT + 1)}
    assert (await refusal(END, headers=declared)).kind is Kind.BODY_TOO_LARGE


@pytest.mark.parametrize(
    "media",
    ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 500],
)
async def test_what_is_no_form_is_refused(media: str) -> None:
    error = await refusal(BODY, headers={"content-type": media})
    assert error.kind in (Kind.UNSUPPORTED_MEDIA, Kind.BAD_REQUEST)


async def test_a_compressed_form_is_refused() -> None:
    error = await refusal(BODY, headers=TYPE | {"content-encoding": "gzip"})
    assert (error.kind, error.param) == (Kind.UNSUPPORTED_MEDIA, "content-encoding")


async def test_text_must_be_text() -> None:
    error = await refusal(part("prompt", b"\xff\xfe") + END)
    assert error.param == "prompt"
