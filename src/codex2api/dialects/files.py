"""What a caller may say of a file that is uploaded to ``/v1/files``."""

import re
from collections.abc import Set as AbstractSet
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from codex2api.dialects.parameters import ParameterTable, emulated, mapped
from codex2api.errors import ApiError, Kind

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]

TYPED: AbstractSet[str] = frozenset({"expires_after"})
"""Fields of the form that are no text."""

FILE_PARAMETERS = ParameterTable(
    {
        "file": mapped("Kept by this server, on its own disk."),
        "purpose": mapped("Kept and shown; a file of any purpose may be used in requests."),
        "expires_after": emulated("From one hour to thirty days; for ever without it."),
    }
)

_LONGEST_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]")
_FOLDERS = re.compile(r"[/\\]")


class ExpiresAfter(msgspec.Struct):
    """When a file is to be forgotten; ``seconds`` after it was made."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, Meta(ge=3600, le=2_592_000)]


class UploadFile(msgspec.Struct):
    """The fields of the form beside the file."""

    purpose: Purpose
    expires_after: ExpiresAfter | None = None


def file_name(written: str) -> str:
    """The name of an upload without its folders.

    Raises:
        ApiError: Nothing is left, it is too long, or no name for people to read.
    """
    name = _FOLDERS.split(written)[-1]
    if name in ("", ".", "..") or len(name) > _LONGEST_NAME or _CONTROL.search(name):
        raise ApiError(
            Kind.BAD_REQUEST,
            "Invalid value for 'file': it needs a file name of at most "
            f"{_LONGEST_NAME} printable characters.",
            param="file",
            code="invalid_value",
        )
    return name
