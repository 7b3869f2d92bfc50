"""How PostgreSQL fails: what may be done again, and what a caller is told. Pure.

Failures to connect come as asyncpg and the operating system raise them, all others in SQLAlchemy's
wrapping. The class of an SQLSTATE says whose fault it is (PostgreSQL's documentation, appendix A).
"""

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError as PoolTimeoutError

from codex2api.errors import ApiError, Kind

_AWAY = ("08", "25006", "28", "3D", "53", "57P", "58")
"""Connection lost, read-only, not let in, no such database, no room, shutting down, disk broken."""

_BY_CHANCE = ("40001", "40P01")
"""Another transaction was in the way."""

_READ_ONLY = "25006"
_NO_TEXT = "22021"
"""Text that PostgreSQL cannot hold: it has a NUL character."""


class CommitError(Exception):
    """A commit that failed: what was to be kept may be kept, and must not be done again."""


def may_be_repeated(error: Exception) -> bool:
    """Whether nothing was committed, and a second try may go better."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or _state(error).startswith((*_BY_CHANCE, *_AWAY))


def is_read_only(error: Exception) -> bool:
    """Whether there is a database, and it takes no writes (any more)."""
    unmatched = isinstance(_cause(error), asyncpg.TargetServerAttributeNotMatched)
    return unmatched or _state(error) == _READ_ONLY


def is_silence(error: Exception) -> bool:
    """Whether nobody answered at all: each further try would take as long.

    A pool without a free connection is no such thing: there, others are served.
    """
    return isinstance(_cause(error), TimeoutError)


def as_ours(error: Exception) -> ApiError | None:
    """What a caller is told; ``None`` for what no database did.

    The database's own text may quote what was to be stored, and is not among it.
    """
    known = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, CommitError)
    if not isinstance(error, known):
        return None
    if _state(error) == _NO_TEXT:
        return ApiError(Kind.BAD_REQUEST, "A text in this request has a NUL character.")
    lost = isinstance(_cause(error), OSError | asyncpg.InterfaceError | PoolTimeoutError)
    invalid = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or invalid or is_read_only(error) or _state(error).startswith(_AWAY):
        return away()
    return ApiError(
        Kind.INTERNAL,
        "The database of this server failed; its log says how.",
        code="storage_failed",
    )


def away() -> ApiError:
    """What a caller is told who needs a database that is not there."""
    return ApiError(
        Kind.STORAGE_UNAVAILABLE,
        "The database of this server cannot be reached at the moment. Try again a little later.",
        retry_after=2.0,
    )


def is_away(told: ApiError) -> bool:
    """Whether this is ``away``."""
    return told.kind is Kind.STORAGE_UNAVAILABLE


def reason(error: Exception) -> str:
    """For the log: the kind of failure, in the database's words only where they quote nothing."""
    cause, state = _cause(error), _state(error)
    text = str(cause) if state.startswith(_AWAY) or isinstance(cause, OSError) else ""
    return ": ".join(part for part in (type(cause).__name__, state, text) if part)


def _cause(error: BaseException) -> BaseException:
    """What the driver said, out of its wrappings."""
    plain = (OSError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
    while error.__cause__ is not None and not isinstance(error, plain):
        error = error.__cause__
    return error


def _state(error: BaseException) -> str:
    return str(getattr(_cause(error), "sqlstate", None) or "")
