"""The hot routes, one a dialect."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.media.attachments import Attachments
from codex2api.api.state.background import Background
from codex2api.api.state.chat_memory import ChatMemory
from codex2api.api.state.memory import Memory
from codex2api.api.state.opening import OpenStores
from codex2api.api.state.response_memory import ResponsesMemory
from codex2api.api.understanding import Understanding
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.chat.parameters import FORGETFUL_PARAMETERS as FORGETFUL_CHAT
from codex2api.dialects.completions import COMPLETIONS
from codex2api.dialects.messages import MESSAGES, renaming
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.parameters import FORGETFUL_PARAMETERS as FORGETFUL_RESPONSES
from codex2api.ledger.ports import Record
from codex2api.reasoning import ReasoningMemory, ReasoningRelay
from codex2api.relay import Opener

DIALECTS: tuple[Dialect[Any], ...] = (CHAT, COMPLETIONS, RESPONSES, MESSAGES)


def dialects_with(rename: Callable[[str], str]) -> tuple[Dialect[Any], ...]:
    """The dialects where some names of Anthropic's models stand for models of the backend."""
    return tuple(renaming(rename) if one is MESSAGES else one for one in DIALECTS)


_NO_MEMORIES: Mapping[str, Memory[Any]] = {}

_FORGETFUL = {CHAT.name: FORGETFUL_CHAT, RESPONSES.name: FORGETFUL_RESPONSES}


def forgetful(dialects: Iterable[Dialect[Any]]) -> tuple[Dialect[Any], ...]:
    """The dialects where the owner wants nothing to be kept."""
    return tuple(
        replace(dialect, parameters=_FORGETFUL.get(dialect.name, dialect.parameters))
        for dialect in dialects
    )


def hot_routes(
    dialects: Iterable[Dialect[Any]],
    relay: Opener,
    options: EndpointOptions,
    memories: Mapping[str, Memory[Any]] = _NO_MEMORIES,
    background: Background | None = None,
    attachments: Attachments | None = None,
    reasoning: ReasoningMemory | None = None,
    record: Record | None = None,
) -> dict[str, DialectEndpoint[Any]]:
    """Endpoints by path.

    Args:
        dialects: One endpoint each.
        relay: Carries requests.
        options: What an operator may set.
        memories: By the names of their dialects.
        background: Where answers go on whose caller does not wait for them.
        attachments: Where uploaded files are that a request names.
        reasoning: What was thought for callers who cannot send it back.
        record: Takes down the calls whose answers go on in the background.
    """
    thoughtful = ReasoningRelay(relay, reasoning or ReasoningMemory())
    return {
        dialect.path: DialectEndpoint(
            Understanding(dialect, options, memories.get(dialect.name), attachments),
            thoughtful if dialect.loses_reasoning else relay,
            options,
            background or Background(),
            record,
        )
        for dialect in dialects
    }


def memories(
    stores: OpenStores, options: EndpointOptions, attachments: Attachments
) -> dict[str, Memory[Any]]:
    """The memories of the dialects that have one."""
    return {
        CHAT.name: ChatMemory(stores),
        RESPONSES.name: ResponsesMemory(stores, options.new_id, attachments),
    }
