"""How an answer says that it holds a count of our own, and how exact that is."""

from codex2api.protocol.tokens import exact

TOKENIZER = "x-codex2api-tokenizer"
"""The header."""


def tokenizer_used() -> str:
    """Its value."""
    return "o200k_base" if exact() else "estimate"
