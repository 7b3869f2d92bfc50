"""Foreign text made fit for a caller's eyes: short, one line, and without secrets."""

import re

LONGEST = 500

_SECRETS = re.compile(
    r"(?i:bearer)\s+[\w.~+/=-]+"  # whatever follows the scheme
    r"|\beyJ[\w-]+(?:\.[\w-]*){0,4}"  # a JWT, whole or cut
    r"|\b(?:sk-|sess-|rt_)[\w-]{8,}"  # keys, sessions, refresh tokens
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
)

_SPACE = re.compile(r"\s+")


def redact(text: str, *secrets: str) -> str:
    """The text without tokens and addresses, cut at ``LONGEST`` characters.

    ``secrets`` are known ones, hidden wherever they stand.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[hidden]")
    clean = _SPACE.sub(" ", _SECRETS.sub("[hidden]", text)).strip()
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"
