"""Keys that are none: what examples say, and what can be guessed."""

import re

_SHORTEST = 16
_FEWEST_CHARACTERS = 6

_PLACEHOLDERS = re.compile(
    r"x{4}|\*{3}|\.{3}|<.*>|\$\{"
    r"|(your|my|some|the|an?|insert|enter|paste|put)[-_ ]?(own[-_ ]?)?(secret[-_ ]?)?"
    r"(api[-_ ]?|client[-_ ]?|openai[-_ ]?)*key"
    r"|change[-_ ]?me|change[-_ ]?this|replace[-_ ]?(me|this|with)|place[-_ ]?holder|example|sample"
    r"|dummy|to[-_ ]?do|api[-_ ]?key[-_ ]?here|key[-_ ]?(goes[-_ ]?)?here",
    re.IGNORECASE,
)


def weakness(key: str) -> str | None:
    """What is wrong with a key that somebody has made up, as the end of a sentence.

    The sample keys of other servers' example files are known to those who scan for them.
    """
    if _PLACEHOLDERS.search(key):
        return "is a placeholder, which everybody can guess"
    if len(key) < _SHORTEST:
        return f"has fewer than {_SHORTEST} characters"
    if len(set(key.removeprefix("sk-").lower())) < _FEWEST_CHARACTERS:
        return "repeats a few characters, which can be guessed"
    return None
