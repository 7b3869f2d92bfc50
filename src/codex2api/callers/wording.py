"""What people write about a key, and how it is written back: ``100/1h``, ``1M/1d``, ``20%``."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from codex2api.callers.grants import Grants, Rate

STYLES = ("reasoning_content", "think-tags", "o3", "none")
"""Where reasoning can be shown; a test holds them against the dialects' own."""

CLEAR = "none"
"""Takes a limit away."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FACTORS = {"": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}

_SPAN = re.compile(r"(\d{0,6})([smhdw])")
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)([kmg]?)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_TAKEN = re.compile(r"owner|anyone|key-.*")

_LONGEST = 366 * 86_400
_FOREVER = 32_503_680_000
"""The year 3000, in Unix seconds: beyond it dates cannot be written."""


class WordingError(ValueError):
    """Something cannot be understood; the text is a sentence for a person.

    Attributes:
        param: Which field it was said for.
    """

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def changed(grants: Grants, said: Mapping[str, Any]) -> Grants:
    """Grants with what somebody said put over them, by the names of the fields.

    ``none`` takes a limit away (for ``reasoning`` it is a style, and ``default`` takes it away).

    Raises:
        WordingError: A value cannot be understood.
    """
    return structs.replace(grants, **{name: _read(name, value) for name, value in said.items()})


def key_name(text: str) -> str:
    """A name for a key.

    Raises:
        WordingError: It cannot be one.
    """
    if not _NAME.fullmatch(text):
        raise WordingError(
            "A name is up to 64 letters, digits, dots, dashes and underscores.", "name"
        )
    if _TAKEN.fullmatch(text):
        raise WordingError(f"The name {text!r} is taken: the log calls other keys so.", "name")
    return text


def moment(text: str, now: float) -> int | None:
    """When a key expires, in Unix seconds; ``None`` for never.

    Args:
        text: ``30d`` from now, a date (its beginning, by this machine's clock) or a date and time,
            or ``none``.
        now: Unix seconds.

    Raises:
        WordingError: It is none of them, or past.
    """
    if text.strip().lower() in (CLEAR, "never"):
        return None
    seconds = _seconds(text.strip().lower())
    when = _date(text) if seconds is None else now + seconds
    if when is None or when >= _FOREVER:
        raise WordingError(
            f"{text[:40]!r} is no time to expire at: write 30d, 12h, 2027-01-31, "
            "2027-01-31T18:00 or none.",
            "expires",
        )
    if when <= now:
        raise WordingError(f"{text[:40]!r} is over already.", "expires")
    return int(when)


def rate_text(rate: Rate) -> str:
    """``100/1h``."""
    return f"{number(rate.most)}/{span(rate.seconds)}"


def number(value: int) -> str:
    """``1M`` for a million; the shortest way that says it exactly."""
    for letter, factor in (("G", 1_000_000_000), ("M", 1_000_000), ("k", 1000)):
        if value and value % factor == 0:
            return f"{value // factor}{letter}"
    return str(value)


def span(seconds: int) -> str:
    """``1h`` for 3600 seconds, ``90m`` for 5400; the largest unit that says it exactly."""
    for letter in "wdhm":
        if seconds % _UNITS[letter] == 0:
            return f"{seconds // _UNITS[letter]}{letter}"
    return f"{seconds}s"


def iso(seconds: float | None) -> str | None:
    """A moment for programs."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(name: str, value: Any) -> Any:
    read = _READERS[name]
    if name == "reserve":
        return bool(value)
    if value is None or (isinstance(value, str) and value.strip().lower() in _cleared(name)):
        return () if name == "models" else None
    return read(value if isinstance(value, list | tuple) else str(value).strip())


def _cleared(name: str) -> tuple[str, ...]:
    return ("default",) if name == "reasoning" else (CLEAR,)


def _account(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise WordingError(
            f"{text[:70]!r} is no label of an account; `codex2api status` shows them.", "account"
        )
    return text


def _models(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    found = tuple(name.strip() for name in names if isinstance(name, str) and name.strip())
    if not found or any(len(name) > 100 or not name.isprintable() for name in found):
        raise WordingError("Name models with commas between them: gpt-5.5,gpt-5.2*.", "models")
    return found


def _rate(param: str) -> Callable[[str], Rate]:
    def read(text: str) -> Rate:
        amount, _, window = text.partition("/")
        most, seconds = _number(amount), _seconds(window.strip().lower())
        if most is None or seconds is None or not 0 < seconds <= _LONGEST:
            raise WordingError(
                f"{text[:40]!r} is no limit: write how many in which time, as 100/1h or 1M/1d.",
                param,
            )
        return Rate(most, seconds)

    return read


def _concurrency(text: str) -> int:
    most = _number(text)
    if not most or most > 100_000:
        raise WordingError(f"{text[:40]!r} is no number of requests at once.", "concurrency")
    return most


def _share(text: str) -> float:
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = 0.0
    if not 0 < percent <= 100:
        raise WordingError(f"{text[:40]!r} is no share: write 20%.", "weekly_share")
    return percent


def _style(text: str) -> str:
    if text not in STYLES:
        raise WordingError(
            f"{text[:40]!r} is no style of reasoning: it is one of {', '.join(STYLES)}, "
            "or default.",
            "reasoning",
        )
    return text


_READERS: dict[str, Callable[[Any], Any]] = {
    "account": _account,
    "models": _models,
    "requests": _rate("requests"),
    "tokens": _rate("tokens"),
    "concurrency": _concurrency,
    "weekly_share": _share,
    "reasoning": _style,
    "reserve": bool,
}


def _number(text: str) -> int | None:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    value = float(match[1]) * _FACTORS[match[2].lower()]
    return int(value) if value.is_integer() and value < 1e15 else None


def _seconds(text: str) -> int | None:
    """``30d`` in seconds; ``h`` is ``1h``."""
    match = _SPAN.fullmatch(text)
    return None if match is None else int(match[1] or 1) * _UNITS[match[2]]


def _date(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text.strip())
        return (when if when.tzinfo else when.astimezone()).timestamp()
    except (ValueError, OverflowError):
        return None
