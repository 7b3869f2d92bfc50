"""How much of each conversation ChatGPT's prompt cache served, and what broke it last. Pure."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct, structs

from codex2api.ledger.prefixes import Prefix, first_break, likeness

_MOST = 512
"""Conversations that are remembered; each takes a few kilobytes."""


_MOST_THREADS = 4
"""Requests of one conversation that the next one is compared with."""


_SURE = 2
"""The likeness of requests that certainly are of one thread."""


class Break(Struct, frozen=True):
    """A request that did not begin as the one before it.

    Attributes:
        what: The first part that is another one.
        at: Unix seconds.
        cached_tokens: What was served from the cache all the same.
    """

    what: str
    at: float
    input_tokens: int
    cached_tokens: int


class Conversation(Struct, frozen=True, kw_only=True):
    """What the cache did for one conversation.

    Attributes:
        name: The client's ``prompt_cache_key``, else a hash of the first user message.
        key: Name of the client key.
        requests: Those that told what they cost.
        last_at: Unix seconds.
        breaks: How often the beginning changed.
        last_break: The last time that it did.
    """

    name: str
    key: str
    model: str | None
    account: str | None
    requests: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    last_at: float = 0.0
    last_cached: float | None = None
    breaks: int = 0
    last_break: Break | None = None

    @property
    def cached_share(self) -> float | None:
        """Of all input, how much was cached."""
        return self.cached_tokens / self.input_tokens if self.input_tokens else None


class Spent(Struct, frozen=True):
    """What one request cost.

    Attributes:
        at: Unix seconds.
    """

    at: float
    input_tokens: int
    cached_tokens: int


Threads: TypeAlias = tuple[Prefix, ...]


class CacheMeter:
    """Conversations, the least recently used forgotten first.

    Args:
        most: How many are remembered.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], tuple[Conversation, Threads]] = OrderedDict()

    def take(self, key: str, name: str, prefix: Prefix, spent: Spent) -> None:
        """Take in a request that is over."""
        fresh = Conversation(name=name, key=key, model=prefix.model, account=prefix.account)
        story, threads = self._seen.pop((key, name), (fresh, ()))
        threads, broken = _followed(threads, prefix)
        self._seen[key, name] = (_told(story, prefix, spent, broken), threads)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def conversations(self) -> Sequence[Conversation]:
        """All that are remembered, the latest first."""
        return [story for story, _ in reversed(self._seen.values())]

    def forget(self) -> None:
        """Forget all of them."""
        self._seen.clear()


def _followed(threads: Threads, now: Prefix) -> tuple[Threads, str | None]:
    """The latest request of each thread with this one, and what broke the one that it is of."""
    before = max(reversed(threads), key=lambda thread: _fit(thread, now), default=None)
    if before is None:
        return (now,), None
    likely, whole = _fit(before, now)
    # Only what goes on takes the place of what was: another one may still go on from there.
    goes_on = likely == _SURE and whole and len(now.items) >= len(before.items)
    kept = tuple(thread for thread in threads if thread is not before or not goes_on)
    broken = first_break(before, now) if likely else None
    return (*kept[1 - _MOST_THREADS :], now), broken


def _fit(thread: Prefix, now: Prefix) -> tuple[int, bool]:
    """How well a request goes on from another one."""
    return likeness(thread, now), first_break(thread, now) is None


def _told(story: Conversation, prefix: Prefix, spent: Spent, broken: str | None) -> Conversation:
    """The story with one more request in it."""
    last_break = story.last_break
    if broken is not None:
        last_break = Break(broken, spent.at, spent.input_tokens, spent.cached_tokens)
    share = spent.cached_tokens / spent.input_tokens if spent.input_tokens else None
    return structs.replace(
        story,
        model=prefix.model,
        account=prefix.account,
        requests=story.requests + 1,
        input_tokens=story.input_tokens + spent.input_tokens,
        cached_tokens=story.cached_tokens + spent.cached_tokens,
        last_at=spent.at,
        last_cached=share,
        breaks=story.breaks + (broken is not None),
        last_break=last_break,
    )
