"""Secrets out of everything written down: by the name of a field, and by the look of text.

Both are nets under the types that hide themselves (``TokenSet`` and the like), no licence to log.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from codex2api.protocol.secrets import HIDDEN, hide_secrets

_COUNTS = (bool, int, float)
_CUT = "…[{} more characters]"
_LONGEST_TEXT = 2_000
"""Longer strings in a body (images, files) are cut: a log is not an archive."""

_SECRET_NAME = re.compile(
    r"token|secret|passw|authorization|api.?key|cookie|e.?mail|credential|verifier|assertion"
    r"|^(code|key|jwt|state|access|refresh|bearer)$",
    re.IGNORECASE,
)

redact_text = hide_secrets
"""Applied to every line as a whole."""


def redact(value: Any) -> Any:
    """A value in JSON form without secrets, by the names of its fields; strings are cut."""
    if isinstance(value, str):
        rest = len(value) - _LONGEST_TEXT
        return value if rest <= 0 else value[:_LONGEST_TEXT] + _CUT.format(rest)
    if isinstance(value, Mapping):
        return {name: redact_field(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def redact_field(name: str, value: Any) -> Any:
    """One field's value; numbers under a telling name are counts (``total_tokens``), and stay."""
    if value is None or isinstance(value, _COUNTS):
        return value
    if is_secret(name) and not isinstance(value, Mapping):
        return HIDDEN
    return redact(value)


def redact_body(body: bytes) -> str:
    """A request's or an answer's body for the log."""
    try:
        text = json.dumps(redact(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(body.decode("utf-8", "replace"))
    return redact_text(text)


@lru_cache(maxsize=512)
def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


@lru_cache(maxsize=512)
def secret_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a record's names that hold secrets; a kind of record is looked at once."""
    return tuple(name for name in names if is_secret(name))
