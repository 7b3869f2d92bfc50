"""What an answer costs, in tokens."""

from collections.abc import Iterable

import msgspec


class InputTokens(msgspec.Struct, kw_only=True, gc=False):
    """Part of ``Usage``."""

    cached_tokens: int | None = 0


class OutputTokens(msgspec.Struct, kw_only=True, gc=False):
    """Part of ``Usage``."""

    reasoning_tokens: int | None = 0


class Usage(msgspec.Struct, kw_only=True):
    """Tokens of one response, in the names of the Responses API."""

    input_tokens: int | None = 0
    input_tokens_details: InputTokens | None = None
    output_tokens: int | None = 0
    output_tokens_details: OutputTokens | None = None
    total_tokens: int | None = 0

    @property
    def cached(self) -> int:
        """Input tokens served from the prompt cache."""
        details = self.input_tokens_details
        return (details.cached_tokens or 0) if details else 0

    @property
    def reasoned(self) -> int:
        """Output tokens spent on reasoning."""
        details = self.output_tokens_details
        return (details.reasoning_tokens or 0) if details else 0


def added_up(usages: Iterable[Usage | None]) -> Usage | None:
    """The usage of several answers; ``None`` where none of them told any."""
    told = [usage for usage in usages if usage is not None]
    if len(told) < 2:
        return told[0] if told else None
    return Usage(
        input_tokens=sum(usage.input_tokens or 0 for usage in told),
        input_tokens_details=InputTokens(cached_tokens=sum(usage.cached for usage in told)),
        output_tokens=sum(usage.output_tokens or 0 for usage in told),
        output_tokens_details=OutputTokens(reasoning_tokens=sum(usage.reasoned for usage in told)),
        total_tokens=sum(usage.total_tokens or 0 for usage in told),
    )
