"""``POST /v1/messages``, as Anthropic's clients and Claude Code speak it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from codex2api.dialects.base import Dialect
from codex2api.dialects.manners import Manners
from codex2api.dialects.messages.error import anthropic_error, status
from codex2api.dialects.messages.models import ANTHROPIC_MODELS
from codex2api.dialects.messages.parameters import MESSAGES_PARAMETERS
from codex2api.dialects.messages.renaming import Renaming
from codex2api.dialects.messages.reply import reply
from codex2api.dialects.messages.request import bounds, to_upstream
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.dialects.messages.stream import PING, MessagesTranslator

ANTHROPIC = Manners(
    error=anthropic_error,
    status=status,
    heartbeat=PING,
    request_id=b"request-id",
    mark="anthropic-version",
    models=ANTHROPIC_MODELS,
)
"""How every route of Anthropic's API behaves."""

MESSAGES: Dialect[MessagesRequest] = Dialect(
    name="messages",
    path="/v1/messages",
    schema=MessagesRequest,
    parameters=MESSAGES_PARAMETERS,
    to_upstream=partial(to_upstream, rename=Renaming()),
    translator=MessagesTranslator,
    reply=reply,
    manners=ANTHROPIC,
    bounds=bounds,
    # Only callers who ask to see thinking are given signatures to send back.
    loses_reasoning=True,
)
"""The dialect of Anthropic's Messages API; models keep their names."""


def renaming(rename: Callable[[str], str]) -> Dialect[MessagesRequest]:
    """The same where some names stand for models of the backend."""
    return replace(MESSAGES, to_upstream=partial(to_upstream, rename=rename))
