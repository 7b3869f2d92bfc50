r"""What a secret looks like in text, and how it is taken out: one list for logs and for errors.

It is a net under the types that hide themselves, no licence to write secrets down. It works on
text that was escaped already as well (``\n`` before a token, ``\"`` behind it), and leaves JSON
valid.
"""

import re

HIDDEN = "[hidden]"

_START = r"(?:(?<!\w)|(?<=\\[abfnrtv])|(?<=\\x[\da-f]{2})|(?<=\\u[\da-f]{4}))"
_IS = r"\\?[\"']?\s*[:=]\s*\\?[\"']?"
_VALUE = r"(?!\[hidden\]|none\b|null\b)[^\s\"'&,;<>\\}]+"


_NOT_IN_AN_ESCAPE = r"(?<!\\)(?<!\\u)(?<!\\u[\da-f])(?<!\\u[\da-f]{2})(?<!\\u[\da-f]{3})"
"""Where letters may be taken out: not between a backslash and what it gives a meaning."""


def _look(mark: str, pattern: str) -> tuple[str, re.Pattern[str]]:
    return mark, re.compile(pattern, re.IGNORECASE)


_LOOKS = (
    ("eyj", re.compile(r"eyJ[\w-]{6,}(?:\.[\w-]*){0,4}")),
    _look("rt_", rf"{_START}rt_[\w.-]{{6,}}"),
    _look("sk-", rf"{_START}sk-[\w-]{{6,}}"),
    _look("sess-", rf"{_START}sess-[\w-]{{6,}}"),
    # Our own hint how to send a key is no secret.
    _look("bearer", rf"(bearer)((?:\s|%20|\\[nrt])+)(?-i:(?!KEY\b)){_VALUE}"),
    _look("basic", rf"(authorization)({_IS}basic\s+){_VALUE}"),
    _look("-key", rf"(x-api-key)({_IS}){_VALUE}"),
    _look("_token", rf"((?:access|refresh|id)_token)({_IS}){_VALUE}"),
    _look("cookie", r"((?:set-)?cookie)(\\?[\"']?\s*[:=]\s*)(?!\s*\[hidden\])[^\r\n\"'\\]+"),
    _look("code=", r"\b(code=)[^&\s\"'\\]{6,}"),
    _look(
        "@",
        rf"{_NOT_IN_AN_ESCAPE}(?:\\u[\da-f]{{4}}|[\w.+%-]){{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}})+",
    ),
    _look("%40", rf"{_NOT_IN_AN_ESCAPE}[\w.+-]{{1,64}}%40[\w-]{{1,63}}(?:\.[\w-]{{1,63}})+"),
)
"""The text before each pattern must occur for it to be tried: most lines hold none of them, and
this is run for every line of a log."""


def hide_secrets(text: str) -> str:
    """The text without tokens, keys, cookies and e-mail addresses."""
    lower = text.lower()
    for mark, pattern in _LOOKS:
        if mark in lower:
            text = pattern.sub(_replacement, text)
    return text


def _replacement(found: re.Match[str]) -> str:
    return "".join(part or "" for part in found.groups()) + HIDDEN
