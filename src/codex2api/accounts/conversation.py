"""What a call belongs to, as the pool needs to know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Conversation(Protocol):
    """What a call belongs to; asked only where there is a choice."""

    @property
    def names(self) -> Sequence[str]:
        """What it is known by, the surest first."""

    @property
    def place(self) -> str:
        """What decides by itself which account it belongs to."""

    @property
    def under_way(self) -> bool | None:
        """Whether it has begun before; ``None`` if that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Named:
    """A conversation of which nothing but a name is known."""

    place: str
    under_way: bool | None = None

    @property
    def names(self) -> Sequence[str]:
        """The one."""
        return (self.place,)
