"""One string of an answer that grows out of many parts.

A stream tells everything twice: in deltas, and once more whole when a part or item is done. A
strand keeps how much of everything was passed on, so that nothing is doubled or missing.
"""

from typing import Any, TypeAlias

Place: TypeAlias = tuple[Any, int]
"""A section (which item, or which summary part) and a part of it."""

BLANK_LINE = "\n\n"


class Strand:
    """A string of an answer, grown out of many parts; a blank line parts its sections."""

    def __init__(self) -> None:
        self._at: Place | None = None
        self._lengths: dict[Place, int] = {}
        self._starts: dict[Place, int] = {}

    @property
    def begun(self) -> bool:
        """Whether there is any text in it."""
        return self._at is not None

    def grow(self, place: Place, text: str) -> str:
        """What to pass on for more text of a part."""
        if place == self._at:
            self._lengths[place] += len(text)
            return text
        if not text:
            return ""
        joint = self._move(place)
        self._lengths[place] += len(text)
        return joint + text

    def grow_by(self, place: Place, texts: list[str]) -> list[str]:
        """The same for several texts, none of them empty."""
        first, *others = texts
        grown = [self.grow(place, first), *others]
        self._lengths[place] += sum(map(len, others))
        return grown

    def settle(self, place: Place, whole: str) -> str:
        """What to pass on now that the whole text of a part is known: what was missing of it."""
        return self.grow(place, whole[self._lengths.get(place, 0) :])

    def start_of(self, place: Place) -> int:
        """Where in the strand a part begins, in characters."""
        return self._starts.get(place, 0)

    def _move(self, place: Place) -> str:
        last, self._at = self._at, place
        joint = BLANK_LINE if last is not None and last[0] != place[0] else ""
        if place not in self._lengths:
            end = 0 if last is None else self._starts[last] + self._lengths[last]
            self._starts[place] = end + len(joint)
            self._lengths[place] = 0
        return joint
