"""What a caller may send to ``/v1/completions``.

Shapes are checked here, in one pass; what a shape cannot say is checked where it is translated.
Unknown fields are ignored.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

DEFAULT_MAX_TOKENS = 16
"""OpenAI's, and short on purpose: whoever wants more of a continuation says so."""

Penalty: TypeAlias = Annotated[float, Meta(ge=-2, le=2)]
Prompt: TypeAlias = str | list[str | int | list[int]] | None


class StreamOptions(msgspec.Struct):
    """What to add to a stream."""

    include_usage: bool | None = None


class CompletionRequest(msgspec.Struct, kw_only=True):
    """The body of a completion request; what becomes of each field: ``parameters.py``."""

    model: Annotated[str, Meta(min_length=1)]
    prompt: Prompt
    suffix: str | None = None
    max_tokens: Annotated[int, Meta(ge=0)] | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    best_of: Annotated[int, Meta(ge=0, le=20)] | None = None
    echo: bool | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None
    seed: int | None = None
    user: str | None = None

    @property
    def each(self) -> int:
        """Choices for each prompt."""
        return self.n or 1
