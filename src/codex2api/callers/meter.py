"""What one key uses, and where that ends."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from codex2api.callers.caller import Caller, KnownKey
from codex2api.callers.counter import Books
from codex2api.callers.grants import Rate
from codex2api.callers.plan import Plan
from codex2api.callers.wording import number, span
from codex2api.errors import ApiError, Kind
from codex2api.protocol.usage import Usage

_SEEN_EVERY = 60
"""Seconds; when a key was last used is no reason to write more often."""

_SOON = 1.0
"""Seconds until it is worth trying again where somebody else has to finish first."""


@dataclass(frozen=True, slots=True)
class House:
    """What the meters of all keys share.

    Attributes:
        books: Where they count.
        plan: What they draw from.
        slug: The model behind a name: ``gpt-5.2`` behind ``gpt-5.2-high``.
        now: Unix seconds.
    """

    books: Books
    plan: Plan
    slug: Callable[[str], str]
    now: Callable[[], float]


class Meter:
    """Counts for one key.

    Args:
        house: What all meters share.
        lasting: Whether its key is stored, and so wants to know when it was last used.
    """

    __slots__ = ("_house", "_lasting", "_running", "_seen", "holder")

    def __init__(self, house: House, *, lasting: bool = False) -> None:
        self._house = house
        self._lasting = lasting
        self._running = 0
        self._seen = 0.0
        self.holder: KnownKey | None = None
        """The key as it is now; ``None`` once it is revoked."""

    def caller(self) -> Caller:
        """Who holds the key now: what it grants may have changed since they showed it.

        Raises:
            ApiError: ``INVALID_KEY``: it is over, or was revoked.
        """
        holder = self.holder
        if holder is None:
            raise ApiError(Kind.INVALID_KEY, "This API key was revoked.")
        now = self._house.now()
        if holder.expires is not None and holder.expires <= now:
            raise expired(holder.expires)
        if self._lasting and abs(now - self._seen) >= _SEEN_EVERY:  # it may have been set back
            self._seen = now
            self._house.books.see(holder.caller.id, int(now))
        return holder.caller

    def enter(self, caller: Caller) -> None:
        """Begin a request that asks a model; ``leave`` ends it.

        Raises:
            ApiError: ``RATE_LIMITED``; then nothing has begun.
        """
        grants, now = caller.grants, self._house.now()
        for what, rate in grants.rates():
            self._check(caller, what, rate, now)
        if grants.concurrency is not None and self._running >= grants.concurrency:
            raise ApiError(
                Kind.RATE_LIMITED,
                f"This API key may have {grants.concurrency} requests under way at once, and has. "
                "Try again when one of them has ended.",
                retry_after=_SOON,
            )
        self._running += 1
        if grants.requests is not None:
            self._add(caller, "requests", grants.requests, 1, now)

    def leave(self, caller: Caller, account: str | None, usage: Usage | None) -> None:
        """A request is over.

        Args:
            caller: As it was begun.
            account: Label of the account that served.
            usage: What the answer took, where that is known.
        """
        self._running -= 1
        if usage is None:
            return
        if caller.grants.tokens is not None:
            self._add(caller, "tokens", caller.grants.tokens, tokens_of(usage), self._house.now())
        self._house.plan.count(caller, account, usage)

    def permit(self, caller: Caller) -> Callable[[str], None] | None:
        """What says, with an ``ApiError``, that an account may not be used; ``None``: all may."""
        plan = self._house.plan
        if not plan.concerns(caller):
            return None
        return lambda label: plan.check(caller, label)

    def require_model(self, caller: Caller, model: str) -> None:
        """Let a model be asked.

        Raises:
            ApiError: ``MODEL_NOT_FOUND``, with those that may be.
        """
        grants = caller.grants
        if not (grants.allows(model) or grants.allows(self._house.slug(model))):
            raise ApiError(
                Kind.MODEL_NOT_FOUND,
                f"This API key may not use the model '{model[:100]}'. "
                f"It may use: {', '.join(grants.models)}.",
                param="model",
            )

    def headers(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        """OpenAI's headers for the limits of a key, where it has some."""
        told: list[tuple[bytes, bytes]] = []
        now = self._house.now()
        for what, rate in caller.grants.rates():
            left = max(rate.most - self._used(caller, what, rate, now), 0)
            ends = rate.window(now) + rate.seconds - now
            told += [
                (f"x-ratelimit-limit-{what}".encode(), str(rate.most).encode()),
                (f"x-ratelimit-remaining-{what}".encode(), str(left).encode()),
                (f"x-ratelimit-reset-{what}".encode(), f"{ends:.0f}s".encode()),
            ]
        return told

    def _check(self, caller: Caller, what: str, rate: Rate, now: float) -> None:
        if self._used(caller, what, rate, now) < rate.most:
            return
        ends = rate.window(now) + rate.seconds
        moment = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        raise ApiError(
            Kind.RATE_LIMITED,
            f"This API key has used its {number(rate.most)} {_counted(what, rate.most)} per "
            f"{span(rate.seconds)}. "
            f"The next window begins at {moment}.",
            retry_after=ends - now,
        )

    def _used(self, caller: Caller, what: str, rate: Rate, now: float) -> int:
        counter = self._house.books.counter(caller.id, kind_of(what, rate))
        return counter.used(rate.window(now))

    def _add(self, caller: Caller, what: str, rate: Rate, amount: int, now: float) -> None:
        books, kind = self._house.books, kind_of(what, rate)
        if books.counter(caller.id, kind).add(amount, rate.window(now)):
            books.changed(caller.id, kind)


def _counted(what: str, most: int) -> str:
    return what.removesuffix("s") if most == 1 else what


def kind_of(what: str, rate: Rate) -> str:
    """The counter of a limit: windows of another length, which it ends with, are another one."""
    return f"{what}/{rate.seconds}"


def tokens_of(usage: Usage) -> int:
    """All tokens of an answer."""
    return usage.total_tokens or (usage.input_tokens or 0) + (usage.output_tokens or 0)


def expired(moment: float) -> ApiError:
    """The error for a key whose time is over."""
    when = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return ApiError(
        Kind.INVALID_KEY,
        f"This API key expired at {when}. The owner of this server can create another one: "
        "codex2api keys create NAME.",
    )


def known_key(
    house: House,
    digest: bytes,
    caller: Caller,
    expires: float | None = None,
    meter: Meter | None = None,
) -> KnownKey:
    """A key at the door, whose caller has a meter that knows who holds the key."""
    meter = meter or Meter(house)
    known = KnownKey(digest, replace(caller, meter=meter), expires)
    meter.holder = known
    return known
