"""The one request that every dialect translates into."""

import hashlib
from functools import cached_property
from typing import Any

import msgspec

from codex2api.protocol.items import Item, Tool

_encode = msgspec.json.Encoder(order="deterministic").encode

_LONG = 65_536

_ASKING = ("user", "system", "developer")


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How hard to think and what to show of it (protocol sheet, section 2.2)."""

    effort: str | None = None
    summary: str | None = None
    context: str | None = None


class TextOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Verbosity and structured output; ``format`` is the flat Responses form."""

    verbosity: str | None = None
    format: dict[str, Any] | None = None


class ResponsesRequest(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a caller wants, in the terms of the Responses API.

    Dialects fill it; ``upstream.prepare`` turns it into a body that the backend accepts. It holds
    the caller's wish, so ``model`` may still be an alias with an effort, and fields may hold what
    the chosen model lacks.

    Attributes:
        model: As the caller wrote it.
        instructions: The caller's system text; ``None`` when there was none, which prompt
            policies tell apart from ``""``.
        input: Items in order. May hold ``system`` messages; ``prepare`` makes them ``developer``.
        reasoning: ``effort`` as asked for, ``None`` to let aliases and defaults decide.
        include: Extra values the caller asked for. Encrypted reasoning is always fetched.
        prompt_cache_key: The caller's; when ``None`` one is derived from the conversation's start.
        dropped: What the dialect had to leave out of the caller's words, for the answer's headers.
        adjusted: What it had to move (``model:claude-x->gpt-y``), likewise.

    What is derived from it is worked out when it is first asked for, and once.
    """

    model: str
    input: list[Item]
    instructions: str | None = None
    tools: list[Tool] = []
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning = Reasoning()
    text: TextOptions = TextOptions()
    include: list[str] = []
    prompt_cache_key: str | None = None
    service_tier: str | None = None
    client_metadata: dict[str, str] | None = None
    dropped: tuple[str, ...] = ()
    adjusted: tuple[str, ...] = ()

    @cached_property
    def opening(self) -> str:
        """A hash of the first user message: the one thing that no later turn changes."""
        first = (item.get("content") for item in self.input if item.get("role") == "user")
        return _hash(_encode(_said(next(first, None))))

    @cached_property
    def beginning(self) -> str:
        """A hash of system text and first user message: how a conversation is known."""
        return _hash(_encode([self.instructions, self.opening]))

    @property
    def names(self) -> tuple[str, str]:
        """What the conversation is known by, the surest first.

        System text is no part of the second: a chain of ``previous_response_id`` may leave it out
        after the first turn, and some clients write the time of day into it.
        """
        return (self.beginning, self.opening)

    @property
    def place(self) -> str:
        """What decides by itself which account a conversation belongs to."""
        return self.prompt_cache_key or self.opening

    @property
    def under_way(self) -> bool:
        """Whether the input holds anything that a model or a tool has said."""
        return any(
            item.get("role") not in _ASKING or item.get("type", "message") != "message"
            for item in self.input
        )

    def without_reasoning(self) -> "ResponsesRequest | None":
        """The same without the reasoning that an earlier answer left; ``None`` if there is none.

        It is encrypted for one account and model. Without it the model thinks again; compacted
        history, encrypted too, stays, because nothing could stand in for it.
        """
        kept = [item for item in self.input if item.get("type") != "reasoning"]
        return None if len(kept) == len(self.input) else msgspec.structs.replace(self, input=kept)


def _said(content: Any) -> Any:
    """Content, of which a lone text is the same in either form that it is written in."""
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
        return content[0].get("text") or content
    return content


def _hash(data: bytes) -> str:
    if len(data) > _LONG:  # a picture, say; SHA-256, unlike BLAKE2, has the processor's help
        data = hashlib.sha256(data).digest()
    return hashlib.blake2b(data, digest_size=16).hexdigest()
