"""What a key allows, as a value."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """So many in each window; windows follow each other from the epoch on.

    Attributes:
        seconds: Length of a window.
    """

    most: int
    seconds: int

    def window(self, now: float) -> int:
        """When the window of a moment began, in Unix seconds."""
        return int(now // self.seconds) * self.seconds


class Grants(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a key allows; by default everything that is not the owner's alone.

    Unknown fields are refused on purpose: a limit that a newer version has written, and this one
    does not know, must not be overlooked.

    Attributes:
        account: Label of the only account that serves it, and that it sees.
        models: The models it may ask, with ``*`` for any ending or part; empty for all.
        requests: How many.
        tokens: How many, input and output together.
        concurrency: How many requests may be under way at once, in each process.
        weekly_share: Percent of the plan's weekly window.
        reasoning: Where reasoning is shown, for requests that do not say.
        reserve: Whether it is served from what the owner keeps back for chosen keys.
    """

    account: str | None = None
    models: tuple[str, ...] = ()
    requests: Rate | None = None
    tokens: Rate | None = None
    concurrency: int | None = None
    weekly_share: float | None = None
    reasoning: str | None = None
    reserve: bool = False

    def rates(self) -> Iterator[tuple[str, Rate]]:
        """The limits by window that there are: what they count, and how many."""
        for what, rate in (("requests", self.requests), ("tokens", self.tokens)):
            if rate is not None:
                yield what, rate

    def allows(self, model: str) -> bool:
        """Whether a model of this name may be asked."""
        return not self.models or any(fnmatchcase(model, pattern) for pattern in self.models)


NO_GRANTS = Grants()
