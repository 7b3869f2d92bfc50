"""``ApiError`` as the error body that every OpenAI client understands."""

import msgspec

from codex2api.errors import STATUS, ApiError, Kind


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
    """The body of a failed answer, and of an error event."""
    return ErrorBody(
        error=ErrorDetail(
            message=error.message,
            type=_type(error.kind),
            param=error.param,
            code=error.code or _code(error.kind),
        )
    )


def _type(kind: Kind) -> str:
    if STATUS[kind] == 429:
        return "rate_limit_error"
    return "server_error" if STATUS[kind] >= 500 else "invalid_request_error"


def _code(kind: Kind) -> str | None:
    # OpenAI leaves the code of an ordinary bad request empty.
    return None if kind is Kind.BAD_REQUEST else kind.value
