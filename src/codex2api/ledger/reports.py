"""Many calls added up, with what they would have cost at the list price of OpenAI's API."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct, field

By: TypeAlias = Literal["model", "key", "account", "day", "hour"]
"""What can make a group; hours are full ones where the reader is."""

LONG_INPUT = 272_000
"""Input tokens beyond which a call has another list price; a test holds it against the prices."""


class Tokens(Struct, frozen=True):
    """Tokens by class, of one call or of many; cached ones are input, reasoning is output."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(
            self.input + other.input,
            self.cached + other.cached,
            self.output + other.output,
            self.reasoning + other.reasoning,
        )


Price: TypeAlias = Callable[[str, int, Tokens, int], Decimal | None]
"""The list price, in dollars, of a model's calls on a day (days since 1970, UTC).

It is handed the tokens of all of them, and how many they are; they are on one side of
``LONG_INPUT``. ``None`` where the price is not known.
"""


def no_price(_model: str, _day: int, _tokens: Tokens, _calls: int) -> Decimal | None:
    """For reports that tell no prices."""
    return None


class Sum(Struct, frozen=True):
    """Calls that have a group and a price per token in common.

    Attributes:
        group: What tells the group from others.
        name: What the group is called.
        model: What served.
        day: Days since 1970, UTC.
        requests: How many.
        errors: How many of them failed.
        told: How many told what they cost.
        untold: How many succeeded without telling it.
        tokens: Of those that told.
    """

    group: str
    name: str
    model: str
    day: int
    requests: int
    errors: int
    told: int
    untold: int
    tokens: Tokens


class FirstToken(Struct, frozen=True):
    """Milliseconds to the first token, of many calls.

    Attributes:
        p95: As much or less than this took 95 of 100.
    """

    median: float
    p95: float


class Group(Struct, frozen=True, kw_only=True):
    """One line of a report, as programs read it.

    Attributes:
        id: What tells the group from others: a model, a key's id, an account, a day, the
            moment when an hour begins.
        cached_share: Of the input, from 0 to 1.
        first_token_ms: The median.
        list_price_usd: Of the calls whose price is known; ``None`` if no price is.
        unpriced: Calls that succeeded, and are not in that price.
    """

    id: str
    name: str
    requests: int = 0
    errors: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cached_share: float | None = None
    first_token_ms: float | None = None
    first_token_p95_ms: float | None = None
    list_price_usd: float | None = None
    unpriced: int = 0


class Report(Struct, frozen=True, kw_only=True):
    """All lines of a report, as programs read it.

    Attributes:
        since: Seconds since 1970.
        by: What makes a group.
        groups: The busiest first; days in their order.
        total: All of them together.
    """

    object: Literal["usage"] = "usage"
    since: int
    by: By
    groups: list[Group] = field(default_factory=list)
    total: Group


def empty(name: str) -> Group:
    """The line of no calls at all."""
    return Group(id=name, name=name)


def grouped(
    sums: Iterable[Sum], first_tokens: Mapping[str, FirstToken], price: Price
) -> list[Group]:
    """The lines of a report, the busiest first."""
    parts: dict[str, list[Sum]] = {}
    for one in sums:
        parts.setdefault(one.group, []).append(one)
    lines = [_line(group, parts[group], first_tokens.get(group), price) for group in parts]
    return sorted(lines, key=lambda line: (-line.requests, line.id))


def _line(group: str, parts: list[Sum], first: FirstToken | None, price: Price) -> Group:
    tokens = sum((part.tokens for part in parts), Tokens())
    prices = [_price(part, price) for part in parts]
    known = [dollars for dollars in prices if dollars is not None]
    return Group(
        id=group,
        name=parts[0].name,
        requests=sum(part.requests for part in parts),
        errors=sum(part.errors for part in parts),
        input_tokens=tokens.input,
        cached_tokens=tokens.cached,
        output_tokens=tokens.output,
        reasoning_tokens=tokens.reasoning,
        cached_share=round(tokens.cached / tokens.input, 4) if tokens.input else None,
        first_token_ms=None if first is None else first.median,
        first_token_p95_ms=None if first is None else first.p95,
        list_price_usd=round(float(sum(known)), 6) if known else None,
        unpriced=sum(map(_unpriced, parts, prices)),
    )


def _price(part: Sum, price: Price) -> Decimal | None:
    return price(part.model, part.day, part.tokens, part.told) if part.told else None


def _unpriced(part: Sum, dollars: Decimal | None) -> int:
    return part.untold if dollars is not None else part.untold + part.told
