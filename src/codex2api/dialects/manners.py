"""What all routes of one company's API share, whatever each of them serves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from codex2api.catalog.models import Resolved
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError
from codex2api.protocol.sse import KEEPALIVE


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list somebody asks for; ids count as in the list.

    Attributes:
        limit: The most entries.
        after: Id of the entry before the first one wanted.
        before: Id of the entry behind the last one wanted.
    """

    limit: int
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class ModelForms:
    """How an API that is not OpenAI's shows models.

    Attributes:
        one: A model, under the name that was asked for.
        many: All of them, in their order.
    """

    one: Callable[[Resolved, str], Any]
    many: Callable[[Sequence[Resolved], Page], Any]


@dataclass(frozen=True, slots=True)
class Manners:
    """How an API fails, keeps a stream alive and names its answers.

    Attributes:
        error: The body of a failure, given the id of the request.
        status: Its HTTP status.
        heartbeat: What is sent into a stream that is silent: whole events, which mean nothing.
        request_id: A header that names the request, beside our own.
        mark: A request header that only clients of this API send; on routes that several APIs
            have it tells them apart.
        models: How it shows models, if not as OpenAI does.
    """

    error: Callable[[ApiError, str], Any]
    status: Callable[[ApiError], int]
    heartbeat: bytes = KEEPALIVE
    request_id: bytes | None = None
    mark: str | None = None
    models: ModelForms | None = None


OPENAI = Manners(
    error=lambda error, _request_id: openai_error(error), status=lambda error: error.status
)
"""Those of OpenAI's API, and of every route that is nobody's."""
