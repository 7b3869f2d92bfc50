"""What may be written down of texts that callers and the backend choose.

A model's name or an error's code could be anything, a whole prompt included. What is kept is
short, and of characters in which neither a sentence nor an e-mail address can be written.
"""

import re

_LONGEST = 64

_UNSAFE = re.compile(r"[^\w.:/+-]", re.ASCII)

_PRODUCT = re.compile(
    r"([A-Za-z][\w.+-]{0,30}(?:/[\w.+-]{1,15})?)(?: (\d[\w.+-]{0,15}))?(?![^\s;,()])", re.ASCII
)
"""``curl/8.5.0`` of ``curl/8.5.0 (linux)``, and ``OpenAI/Python 3.54.0``, whose version is apart.

Keys and tokens are longer than any part of it.
"""


def defused(text: str | None) -> str | None:
    """A name that harms nobody; what it may not hold is shown as ``?``."""
    return _UNSAFE.sub("?", text[:_LONGEST]) if text else None


def client_of(user_agent: str | None) -> str | None:
    """Name and version of the program that sent a ``User-Agent``; ``None`` if it does not tell."""
    found = _PRODUCT.match(user_agent) if user_agent else None
    if found is None:
        return None
    return f"{found[1]} {found[2]}" if found[2] else found[1]
