"""The one request that every dialect translates into."""

from typing import Any

import msgspec

from codex2api.protocol.items import Item, Tool


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How hard to think and what to show of it (protocol sheet, section 2.2)."""

    effort: str | None = None
    summary: str | None = None
    context: str | None = None


class TextOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Verbosity and structured output; ``format`` is the flat Responses form."""

    verbosity: str | None = None
    format: dict[str, Any] | None = None


class ResponsesRequest(msgspec.Struct, frozen=True, kw_only=True):
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

    def without_reasoning(self) -> "ResponsesRequest | None":
        """The same without the reasoning that an earlier answer left; ``None`` if there is none.

        It is encrypted for one account and model. Without it the model thinks again; compacted
        history, encrypted too, stays, because nothing could stand in for it.
        """
        kept = [item for item in self.input if item.get("type") != "reasoning"]
        return None if len(kept) == len(self.input) else msgspec.structs.replace(self, input=kept)
