"""Multipart forms, read as they arrive: part by part, nothing kept that nobody asked for."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from codex2api.api.body import MAX_BODY, BodyReader
from codex2api.dialects.openai_form import Form, Upload
from codex2api.errors import ApiError, Kind

_MOST_PARTS = 64
_MOST_HEADERS = 8
_LONGEST_TEXT = 1024 * 1024
"""Bytes of a field that is no file."""

_LONGEST_NAME = 256


@dataclass(slots=True)
class PartBegun:
    """A part's head.

    Attributes:
        name: Of the field.
        filename: ``None`` for a field of text.
    """

    name: str
    filename: str | None


class PartEnded:
    """All of a part has been read."""


FormEvent = PartBegun | bytes | PartEnded
"""Of every part: its beginning, its bytes in pieces, its end."""


@dataclass(slots=True)
class _Heads:
    """Headers of the part that begins, as the parser hands them over in pieces."""

    name: bytes = b""
    value: bytes = b""
    disposition: bytes = b""

    def finish(self) -> None:
        if self.name.lower() == b"content-disposition":
            self.disposition = self.value
        self.name = self.value = b""


class FormReader:
    """Iterates over the events of a form.

    Args:
        headers: The request's.
        receive: Where its body comes from.
        limit: Bytes allowed.
        setting: What decides about them.

    Raises:
        ApiError: On building and iterating: no form, too large, malformed, cut, too many parts.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        receive: Receive,
        limit: int,
        setting: str = MAX_BODY,
    ) -> None:
        self._body = BodyReader(headers, receive, limit, setting)
        self._events: deque[FormEvent] = deque()
        self._heads = _Heads()
        self._parts = 0
        self._over = False
        try:
            self._parser = MultipartParser(
                _boundary(headers),
                {
                    "on_part_begin": self._on_begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._heads.finish,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(PartEnded()),
                    "on_end": self._on_end,
                },
                max_header_count=_MOST_HEADERS,
            )
        except FormParserError as error:
            raise _malformed() from error

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> FormEvent:
        while not self._events:
            await self._read_more()
        return self._events.popleft()

    async def _read_more(self) -> None:
        chunk = await self._body.next()
        if chunk is None:
            if not self._over:
                raise _malformed("It ends before its last boundary.")
            raise StopAsyncIteration
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _malformed() from error

    def _on_begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _malformed(f"It has more than {_MOST_PARTS} parts.")
        self._heads.disposition = b""

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._heads.name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._heads.value += data[start:end]

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._heads.disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if not name or len(name) > _LONGEST_NAME:
            raise _malformed("A part has no name, or too long a one.")
        shown = None if filename is None else filename.decode("utf-8", "replace")
        self._events.append(PartBegun(name, shown))

    def _on_end(self) -> None:
        self._over = True


async def read_form(headers: Mapping[str, str], receive: Receive, limit: int) -> Form:
    """A whole form, in memory.

    Raises:
        ApiError: As ``FormReader``; also if a field of text is too long or no text.
    """
    form = Form()
    part = PartBegun("", None)
    pieces: list[bytes] = []
    async for event in FormReader(headers, receive, limit):
        match event:
            case PartBegun():
                part, pieces = event, []
            case bytes():
                pieces.append(event)
            case PartEnded() if part.filename is None:
                form.texts.append((part.name, text_of(part.name, b"".join(pieces))))
            case PartEnded():
                name = part.name.removesuffix("[]")
                form.uploads.append(Upload(name, part.filename, b"".join(pieces)))
    return form


def text_of(name: str, data: bytes) -> str:
    """A field of text.

    Raises:
        ApiError: It is too long, or not UTF-8.
    """
    if len(data) <= _LONGEST_TEXT:
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    raise ApiError(
        Kind.BAD_REQUEST,
        f"Invalid value for '{name}': expected UTF-8 text of at most {_LONGEST_TEXT:,} bytes.",
        param=name,
        code="invalid_value",
    )


def _boundary(headers: Mapping[str, str]) -> bytes:
    media, options = parse_options_header(headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if media != b"multipart/form-data" or not boundary:
        raise ApiError(
            Kind.UNSUPPORTED_MEDIA,
            "Send a form: 'Content-Type: multipart/form-data' with a boundary.",
            param="content-type",
        )
    if headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise ApiError(
            Kind.UNSUPPORTED_MEDIA, "Forms are not taken compressed.", param="content-encoding"
        )
    return boundary


def _malformed(problem: str = "A part or a boundary is broken.") -> ApiError:
    return ApiError(Kind.BAD_REQUEST, f"The form cannot be read. {problem}", code="invalid_form")
