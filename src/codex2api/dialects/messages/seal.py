"""The backend's encrypted reasoning as the signature of a thinking block, and back.

A client sends signatures back as they are, through the whole of a tool loop. A seal of ours tells
them from those of Anthropic's own servers (a conversation may have begun there), which mean
nothing to the backend and would be refused by it.
"""

_SEAL = "codex2api-1-"


def sealed(encrypted: str) -> str:
    """A signature, or the data of redacted thinking."""
    return _SEAL + encrypted


def unsealed(signature: str) -> str | None:
    """What was sealed; ``None`` if it was not sealed here."""
    return signature.removeprefix(_SEAL) if signature.startswith(_SEAL) else None
