"""``ApiError`` as the error body that every OpenAI client understands."""

import msgspec

from codex2api.errors import STATUS, ApiError, Kind
from codex2api.protocol.secrets import hide_secrets


class ErrorDetail(msgspec.Struct, kw_only=True):
    """The inner object; all four keys are always present."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(msgspec.Struct, kw_only=True):
    """``{"error": {...}}``."""

    error: ErrorDetail


def openai_error(error: ApiError) -> ErrorBody:
    """The body of a failed answer, and of an error event; no secret passes, wherever it is from."""
    return ErrorBody(
        error=ErrorDetail(
            message=hide_secrets(error.message),
            type=_type(error.kind),
            param=None if error.param is None else hide_secrets(error.param),
            code=hide_secrets(error.code) if error.code else _code(error.kind),
        )
    )


def _type(kind: Kind) -> str:
    if STATUS[kind] == 429:
        return "rate_limit_error"
    return "server_error" if STATUS[kind] >= 500 else "invalid_request_error"


def _code(kind: Kind) -> str | None:
    # OpenAI leaves the code of an ordinary bad request empty.
    return None if kind is Kind.BAD_REQUEST else kind.value
