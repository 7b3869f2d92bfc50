"""A refusal with the headers that it came with."""

from collections.abc import Mapping
from typing import Self

from codex2api.errors import ApiError


class AnsweredError(ApiError):
    """What the backend refused, and what it told beside: how much of the plan is used.

    Attributes:
        headers: Those of the answer that tell of limits, names in lower case.
    """

    headers: Mapping[str, str] = {}

    @classmethod
    def of(cls, error: ApiError, headers: Mapping[str, str]) -> Self:
        """The same error with what a set of headers tells."""
        made = cls(
            error.kind,
            error.message,
            param=error.param,
            code=error.code,
            retry_after=error.retry_after,
            again=error.again,
        )
        made.headers = limit_headers(headers)
        return made


def limit_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of an answer's headers that tell of limits."""
    return {name: value for name, value in headers.items() if name.startswith("x-codex-")}
