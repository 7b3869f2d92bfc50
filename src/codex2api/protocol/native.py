"""A request of Codex' own, and its answer, as the rooms that pass them on see both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from codex2api.errors import ApiError
from codex2api.protocol.answered import AnsweredError


@dataclass(frozen=True, slots=True)
class NativeRequest:
    """What is asked of the backend, word for word.

    Attributes:
        path: Below the backend's address, with its query.
        headers: Those of Codex that the backend reads; never who asks.
        model: For errors; ``""`` where none is named.
        affinity: What should keep meeting the same account.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    model: str = ""
    affinity: str | None = None


class NativeAnswer(Protocol):
    """An accepted answer, whose head has been read.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        """All bytes at hand, at least one; ``b""`` at the end.

        Raises:
            ApiError: The answer broke off, or nothing came for too long.
        """

    def close(self) -> None:
        """End it; nothing more is read."""


class RefusedError(AnsweredError):
    """A refusal in the backend's own words, which Codex knows how to read.

    Args:
        error: What it means to us.
        status: Of the answer.
        body: Its JSON, with nothing in it that is secret.
    """

    def __init__(self, error: ApiError, status: int, body: bytes) -> None:
        super().__init__(
            error.kind,
            error.message,
            param=error.param,
            code=error.code,
            retry_after=error.retry_after,
            again=error.again,
        )
        if isinstance(error, AnsweredError):
            self.headers = error.headers
        self.answered = status
        self.body = body
