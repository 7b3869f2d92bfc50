"""``ApiError`` as Anthropic's clients understand it."""

from typing import Literal

import msgspec

from codex2api.errors import ApiError, Kind
from codex2api.protocol.secrets import hide_secrets

_OVERLOADED = 529
"""A status of Anthropic's own, which its clients wait and try again for."""

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    _OVERLOADED: "overloaded_error",
}

_TOO_LONG = "prompt is too long: "
"""Clients look for these words, and shorten the conversation when they find them."""


class Details(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The cause, for programs."""

    error_code: str
    param: str | None = None


class ErrorDetail(msgspec.Struct, kw_only=True):
    """The inner object."""

    type: str
    message: str
    details: Details


class ErrorBody(msgspec.Struct, kw_only=True):
    """The body of a failed answer, and an event in the place of its end."""

    type: Literal["error"] = "error"
    error: ErrorDetail
    request_id: str | None = None


def anthropic_error(error: ApiError, request_id: str | None = None) -> ErrorBody:
    """The body of a failure; no secret passes, wherever it is from."""
    message = hide_secrets(error.message)
    if error.kind is Kind.CONTEXT_TOO_LONG:
        message = _TOO_LONG + message
    details = Details(
        error_code=hide_secrets(error.code or error.kind.value),
        param=None if error.param is None else hide_secrets(error.param),
    )
    detail = ErrorDetail(type=_type(status(error)), message=message, details=details)
    return ErrorBody(error=detail, request_id=request_id)


def status(error: ApiError) -> int:
    """The HTTP status of a failure."""
    return _OVERLOADED if error.kind is Kind.OVERLOADED else int(error.status)


def _type(of: int) -> str:
    return _TYPES.get(of) or ("api_error" if of >= 500 else "invalid_request_error")
