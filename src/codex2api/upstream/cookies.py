"""The cookies of ChatGPT's front door: kept on its hosts, and no other cookie of anybody.

A jar of our own, because aiohttp's would load all of aiohttp into servers that need nothing else
of it, and costs a call many times as much.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from yarl import URL

_HOSTS = ("chatgpt.com", "openai.com")
_NAMES = ("__cf", "cf_", "_cfuvid")
_MOST = 64
_LONGEST = 4096


def is_front_door(host: str | None) -> bool:
    """Whether a host is one of ChatGPT's."""
    return any(_lies_in(host or "", name) for name in _HOSTS)


def is_kept(cookie: str) -> bool:
    """Whether a cookie, or a ``Set-Cookie`` line, is one of the front door's by its name."""
    return cookie.lstrip().startswith(_NAMES)


@dataclass(frozen=True, slots=True)
class _Cookie:
    """A cookie.

    Attributes:
        domain: The host that has set it, or the domain that it named.
        everywhere: Whether it is for hosts inside the domain, too.
        ends: Unix seconds.
    """

    name: str
    value: str
    domain: str
    everywhere: bool
    path: str
    secure: bool
    ends: float

    def goes_to(self, url: URL) -> bool:
        host = url.host or ""
        at_home = _lies_in(host, self.domain) if self.everywhere else host == self.domain
        inside = url.path == self.path or url.path.startswith(self.path.rstrip("/") + "/")
        return at_home and inside and (url.scheme == "https" or not self.secure)


class FrontDoorCookies:
    """A jar (RFC 6265, section 5, as far as one host needs it).

    Args:
        now: Unix seconds.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._kept: dict[tuple[str, str, str], _Cookie] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, lines: Sequence[str], url: str) -> None:
        """Take in what ``Set-Cookie`` lines of an answer from this address say."""
        place, now = URL(url), self._now()
        if not is_front_door(place.host):
            return
        for line in lines:
            cookie = _read(line, place, now) if is_kept(line) else None
            if cookie is None:
                continue
            key = (cookie.domain, cookie.path, cookie.name)
            self._kept.pop(key, None)
            if cookie.ends > now and len(self._kept) < _MOST:
                self._kept[key] = cookie

    def header(self, url: str) -> str:
        """What a request to this address says in ``Cookie``; empty for nothing."""
        if not self._kept:
            return ""
        place, now = URL(url), self._now()
        if any(cookie.ends <= now for cookie in self._kept.values()):
            self._kept = {key: each for key, each in self._kept.items() if each.ends > now}
        sent = (cookie for cookie in self._kept.values() if cookie.goes_to(place))
        return "; ".join([f"{cookie.name}={cookie.value}" for cookie in sent])


def _read(line: str, url: URL, now: float) -> _Cookie | None:
    """A ``Set-Cookie`` line, or ``None`` if it is not for us."""
    pair, *attributes = line.split(";")
    name, is_pair, value = pair.strip().partition("=")
    said = {
        key.strip().lower(): text.strip()
        for key, _, text in (attribute.partition("=") for attribute in attributes)
    }
    domain = said.get("domain", "").lstrip(".").lower()
    strange = domain and not (_lies_in(url.host or "", domain) and is_front_door(domain))
    fits = len(pair) <= _LONGEST and pair.isascii() and pair.isprintable()
    if strange or not is_pair or not fits:
        return None
    path = said.get("path", "")
    return _Cookie(
        name=name,
        value=value,
        domain=domain or url.host or "",
        everywhere=bool(domain),
        path=path if path.startswith("/") else url.path.rpartition("/")[0] or "/",
        secure="secure" in said,
        ends=_end(said, now),
    )


def _end(said: dict[str, str], now: float) -> float:
    """When a cookie is over; one that does not say lives as long as the process."""
    age = said.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return now + int(age[:12])
    try:
        date = parsedate_to_datetime(said.get("expires", ""))
    except (ValueError, OverflowError):
        return float("inf")
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _lies_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
