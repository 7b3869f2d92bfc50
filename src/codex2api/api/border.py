"""The border where whatever went wrong becomes an answer, and a bug a line of the log."""

import structlog

from codex2api.api.errors import BUG, too_deep
from codex2api.errors import ApiError, Kind

log = structlog.get_logger("codex2api.request")


def as_answer(error: Exception, event: str = "request.bug") -> ApiError:
    """What a caller is told.

    Args:
        error: What escaped.
        event: How the log calls it, if it is a bug.
    """
    match error:
        case ApiError():
            return error
        case RecursionError():
            return too_deep()
        case _:
            log.error(event, exc_info=error)
            return ApiError(Kind.INTERNAL, BUG)
