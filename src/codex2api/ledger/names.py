"""What may be written down of texts that callers and the backend choose.

A model's name or an error's code could be anything, a whole prompt included. Only what looks like
a name is kept: one short word of letters, figures and a few signs, never an e-mail address.
"""

import re

_NAME = re.compile(r"[\w.:/+-]{1,64}", re.ASCII)

_ODD = "?"
"""In the place of what is no name."""

_PRODUCT = re.compile(
    r"([A-Za-z][\w.+-]{0,30}(?:/[\w.+-]{1,15})?)(?: (\d[\w.+-]{0,15}))?(?![^\s;,()])", re.ASCII
)
"""``curl/8.5.0`` of ``curl/8.5.0 (linux)``, and ``OpenAI/Python 3.54.0``, whose version is apart.

Keys and tokens are longer than any part of it.
"""


def name_or_odd(text: str | None) -> str | None:
    """A name as it is, and ``?`` for whatever else somebody has sent."""
    if not text:
        return None
    return text if _NAME.fullmatch(text) else _ODD


def client_of(user_agent: str | None) -> str | None:
    """Name and version of the program that sent a ``User-Agent``; ``None`` if it does not tell."""
    found = _PRODUCT.match(user_agent) if user_agent else None
    if found is None:
        return None
    return f"{found[1]} {found[2]}" if found[2] else found[1]
