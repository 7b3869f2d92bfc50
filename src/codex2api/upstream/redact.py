"""Foreign text made fit for a caller's eyes: short, one line, and without secrets."""

import re

from codex2api.protocol.secrets import HIDDEN, hide_secrets

LONGEST = 500

_SCHEME = re.compile(r"bearer\s+(?=\[hidden\])", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def redact(text: str, *secrets: str) -> str:
    """The text without tokens and addresses, cut at ``LONGEST`` characters.

    ``secrets`` are known ones, hidden wherever they stand.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    clean = _SPACE.sub(" ", _SCHEME.sub("", hide_secrets(text))).strip()
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"
