"""How one record looks: in a file, on a terminal, as JSON."""

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from codex2api.logs.redact import redact_field, redact_text, secret_names

Fields = Mapping[str, Any]

_SIMPLE = frozenset({str, int, float, bool, type(None)})

_COLOURS = {"error": "31", "warn": "33", "info": "32", "debug": "36"}
_SHORT = 64
_ONE_WORD = re.compile(r"[!#-~]+").fullmatch
_APART = frozenset({"event", "level", "request_id", "exception"})
"""Fields that have a place of their own in a line."""


class Clock:
    """Timestamps (UTC); the text of a second is made once.

    Attributes:
        now: Seconds since 1970.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._second = -1
        self._text = ""

    def text(self, at: float) -> str:
        """Such as ``2026-11-21T07:18:17.042Z``; the date is the first ten characters."""
        second = int(at)
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._text}.{int((at - second) * 1000):03d}Z"


def plain_line(stamp: str, fields: Fields) -> str:
    """``[timestamp] [level] [request-id] message key=value``; a traceback follows, indented."""
    head = f"[{stamp}] [{fields['level']}] [{fields.get('request_id', '-')}] {_told(fields)}"
    return redact_text(head + _pairs(fields) + _traceback(fields))


def coloured_line(stamp: str, fields: Fields) -> str:
    """The same for a person at a terminal."""
    level = fields["level"]
    request = fields.get("request_id")
    head = f"\x1b[2m{stamp[11:23]}\x1b[0m \x1b[{_COLOURS[level]}m{level:5}\x1b[0m {_told(fields)}"
    tail = f" \x1b[2m{request}\x1b[0m" if request else ""
    return redact_text(f"{head}\x1b[2m{_pairs(fields)}\x1b[0m{tail}{_traceback(fields)}")


def json_line(stamp: str, fields: Fields) -> str:
    """The same for a program."""
    return redact_text(_as_json({"timestamp": stamp, **fields}))


def _as_json(fields: Fields) -> str:
    try:
        text = msgspec.json.encode(fields, enc_hook=str).decode()
    except (UnicodeEncodeError, TypeError):  # half a surrogate pair; a key that is no string
        text = ""
    # Only ASCII: no line separator or terminal command of Unicode passes.
    return text if text.isascii() and text else json.dumps(fields, default=str)


def without_secrets(fields: Fields) -> Fields:
    """The fields of a record, none of which is a secret by its name.

    Most records hold none and are returned as they are: this runs for every request.
    """
    suspects = set(secret_names(tuple(fields)))
    suspects.update([name for name, value in fields.items() if type(value) not in _SIMPLE])
    if not suspects:
        return fields
    return {**fields, **{name: redact_field(name, fields[name]) for name in suspects}}


def _told(fields: Fields) -> str:
    return _printable(str(fields.get("event", "")))


def _printable(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _pairs(fields: Fields) -> str:
    return "".join(
        [
            f" {name}={value if type(value) is int else _shown(value)}"
            for name, value in fields.items()
            if value is not None and name not in _APART
        ]
    )


def _shown(value: Any) -> str:
    text = value if type(value) is str else str(value)
    return _often(text) if len(text) <= _SHORT else _word(text)


def _word(text: str) -> str:
    """A text in one word: nothing a caller sends can forge a line or colour a terminal."""
    if _ONE_WORD(text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


_often = lru_cache(maxsize=1024)(_word)
"""Paths, models and names of accounts come again with every request."""


def _traceback(fields: Fields) -> str:
    text = fields.get("exception")
    if not text:
        return ""
    return "".join(f"\n    | {_printable(line)}" for line in str(text).splitlines())
