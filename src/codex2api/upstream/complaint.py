"""A refusal of the backend, read out of whichever form it came in (protocol sheet, section 4.1).

There are at least five: ``{"error": {...}}``, ``{"detail": "..."}``, ``{"detail": {"code": ...}}``,
a flat event, and pages of HTML or text from whatever stands before the backend.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codex2api.protocol.json import decode

_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What was said, none of it trusted.

    Attributes:
        status: Of HTTP; ``None`` for a failure inside a stream.
        names: The discriminators: ``error.type`` and ``error.code``, whichever are there.
        fields: The error object itself, for what only some errors have.
        page: The body was no JSON: it may be quoted to nobody.
    """

    status: int | None
    names: tuple[str, ...] = ()
    message: str = ""
    param: str | None = None
    code: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Complaint:
    """The complaint in a whole HTTP answer; ``headers`` have lower-case names."""
    try:
        value = decode(body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return from_fields(value, status, headers)
    page = body[:20_000].decode(errors="replace")
    return Complaint(status, names=_header_names(headers), headers=headers, page=page)


def from_fields(
    value: Mapping[str, Any], status: int | None, headers: Mapping[str, str] = _NO_HEADERS
) -> Complaint:
    """The complaint in a decoded object, whatever its form."""
    error = value.get("error") or value.get("detail") or value
    if isinstance(error, list):  # a list of validation errors: the first one says enough
        error = error[0] if error else value
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, Mapping):
        error = value
    code = _text(error.get("code"))
    names = [_text(error.get("type")), code, *_header_names(headers)]
    return Complaint(
        status,
        names=tuple(name for name in names if name),
        message=_text(error.get("message")) or _text(error.get("msg")) or "",
        param=_text(error.get("param")),
        code=code,
        fields=error,
        headers=headers,
    )


def _header_names(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The code that only a header tells (``x-error-json``, base64)."""
    try:
        value = decode(base64.b64decode(headers.get("x-error-json", ""), validate=True))
    except (ValueError, binascii.Error):
        return ()
    error = value.get("error") if isinstance(value, dict) else None
    code = _text(error.get("code")) if isinstance(error, dict) else None
    return (code,) if code else ()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
