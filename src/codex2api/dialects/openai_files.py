"""Uploaded files in a conversation: parts that name one, and the data that takes its place.

A file goes to the backend as data inside the request. The backend has uploads of its own, but an
image cannot be named by them, and a file only to the account that uploaded it: a conversation
would be bound to one account, and what was deleted here would remain there.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeAlias

from codex2api.dialects.openai_content import check_base64, check_data_url
from codex2api.dialects.openai_picture import picture_type, picture_url
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json

Fill: TypeAlias = Callable[[Json, str], Json]
"""Given a conversation as JSON and its place in the request: the same with all files put in."""

UNNAMED_FILE = "file"
"""The backend wants a name with every file."""

_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = {
    ".pdf": ("application/pdf", _PDF),
    ".docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
    ".pptx": (f"{_OFFICE}.presentationml.presentation", _ZIP),
    ".xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    ".odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    ".doc": ("application/msword", _OLE),
    ".ppt": ("application/vnd.ms-powerpoint", _OLE),
    ".xls": ("application/vnd.ms-excel", _OLE),
}
"""Documents that are no text: media type, and how the content begins."""

_TEXTS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".xml": "text/xml",
}


class UploadedFileError(ApiError):
    """A part names an uploaded file, which has to be put in before the request can be carried."""

    def __init__(self, where: str) -> None:
        super().__init__(
            Kind.BAD_REQUEST,
            f"'{where}.file_id' cannot be had: no files are kept here. Send the data itself.",
            param=f"{where}.file_id",
            code="unsupported_parameter",
        )


@dataclass(frozen=True, slots=True)
class FileReference:
    """A part that names an uploaded file.

    Attributes:
        where: The place of the id.
    """

    id: str
    where: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """What is known of an uploaded file."""

    name: str
    data: bytes = field(repr=False)


def references(value: Json, where: str) -> list[FileReference]:
    """Every part that names an uploaded file, in a conversation as JSON.

    Raises:
        ApiError: An id is no text, or there is data beside it.
    """
    return list(_found(value, where))


def filled(value: Json, where: str, files: Mapping[str, FileContent]) -> Json:
    """The same conversation, every named file in the place of its name.

    Args:
        value: As JSON.
        where: Its place in the request.
        files: By id; all that ``references`` found.

    Raises:
        ApiError: A file is not of a type that can be in that place.
    """
    if isinstance(value, list):
        return [filled(item, f"{where}[{index}]", files) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    holder, place = _holder(value, where)
    if holder is None:
        return {name: filled(item, f"{where}.{name}", files) for name, item in value.items()}
    return _filled_part(value, files[holder["file_id"]], place)


def _found(value: Json, where: str) -> Iterator[FileReference]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _found(item, f"{where}[{position}]")
    elif isinstance(value, dict):
        holder, place = _holder(value, where)
        if holder is not None:
            yield _reference(holder, place)
            return
        for name, item in value.items():
            yield from _found(item, f"{where}.{name}")


def _holder(part: dict[str, Json], where: str) -> tuple[dict[str, Json] | None, str]:
    """The object that holds a file's id, if this is a part that names one, and its place."""
    holder: Json = None
    match part.get("type"):
        case "file":
            holder, where = part.get("file"), f"{where}.file"
        case "input_file" | "input_image":
            holder = part
    if isinstance(holder, dict) and holder.get("file_id") is not None:
        return holder, where
    return None, where


def _reference(holder: dict[str, Json], where: str) -> FileReference:
    name = holder["file_id"]
    if not isinstance(name, str):
        raise _wrong(where, "expected a string")
    for other in ("file_data", "file_url", "image_url"):
        if holder.get(other) is not None:
            raise _wrong(where, f"either an id or {other}, not both")
    return FileReference(name, f"{where}.file_id")


def _filled_part(part: dict[str, Json], content: FileContent, where: str) -> dict[str, Json]:
    kind = part["type"]
    if kind == "input_image":
        rest = {name: item for name, item in part.items() if name != "file_id"}
        return rest | {"image_url": picture_url(content.data, f"{where}.file_id")}
    data = {"filename": content.name, "file_data": _document_url(content, where)}
    return {"type": kind, "file": data} if kind == "file" else {"type": kind} | data


def file_url(data: str, name: str | None, param: str) -> str:
    """A file's data as the backend takes it: a data URL.

    Bare base64 gets the type that name and content tell; what they do not tell is taken for a PDF.

    Raises:
        ApiError: It is neither.
    """
    if data[:5].lower() == "data:":
        check_data_url(data, param)
        return data
    check_base64(data, param)
    content = FileContent(name or UNNAMED_FILE, binascii.a2b_base64(data))
    return f"data:{document_type(content) or 'application/pdf'};base64,{data}"


def _document_url(content: FileContent, where: str) -> str:
    media = document_type(content)
    if media is None:
        problem = "the file is neither a document nor text"
        if picture_type(content.data) is not None:
            problem = "the file is an image: name it in an image part"
        raise _wrong(where, problem)
    return f"data:{media};base64,{base64.b64encode(content.data).decode()}"


def document_type(content: FileContent) -> str | None:
    """The media type of a document or a text; ``None`` of anything else."""
    suffix = PurePosixPath(content.name).suffix.lower()
    if content.data.startswith(_PDF):
        return "application/pdf"
    if suffix in _DOCUMENTS:
        media, start = _DOCUMENTS[suffix]
        return media if content.data.startswith(start) else None
    return _TEXTS.get(suffix, "text/plain") if _is_text(content.data) else None


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _wrong(where: str, problem: str) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"Invalid value for '{where}.file_id': {problem}.",
        param=f"{where}.file_id",
        code="invalid_value",
    )
