"""Tokens as the chat and completions APIs tell them."""

import msgspec

from codex2api.protocol.usage import Usage


class PromptTokens(msgspec.Struct, kw_only=True):
    """Part of ``CompletionUsage``."""

    cached_tokens: int
    audio_tokens: int = 0


class CompletionTokens(msgspec.Struct, kw_only=True):
    """Part of ``CompletionUsage``."""

    reasoning_tokens: int
    audio_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class CompletionUsage(msgspec.Struct, kw_only=True):
    """What an answer cost."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokens
    completion_tokens_details: CompletionTokens


def completion_usage(usage: Usage) -> CompletionUsage:
    """The upstream's count in these names."""
    prompt, answer = usage.input_tokens or 0, usage.output_tokens or 0
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=answer,
        total_tokens=usage.total_tokens or prompt + answer,
        prompt_tokens_details=PromptTokens(cached_tokens=usage.cached),
        completion_tokens_details=CompletionTokens(reasoning_tokens=usage.reasoned),
    )
