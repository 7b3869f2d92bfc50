"""Which account a conversation belongs to, without asking anybody; pure.

Every account stands at many points of a circle, a conversation at one, and belongs to the next
account clockwise. Whoever knows the same labels finds the same account, and one that comes or goes
moves its own share of the conversations and no other.
"""

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence

_POINTS = 64
"""Of each account. Two accounts then share a crowd of conversations 53 : 47 (median), and at worst
one time in twenty 59 : 41; more points would cost memory and time where accounts are many."""

_LABEL_BITS = 20
_LOW = (1 << _LABEL_BITS) - 1

_unpack = struct.Struct(f">{_POINTS}Q").unpack


class Ring:
    """The circle.

    Args:
        labels: Who stands on it; a million at most.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        # One whole number for each point, its place above and its owner below: a list of those is
        # a quarter of the size of one of pairs, and is sorted in a third of the time.
        points: list[int] = []
        for number, label in enumerate(labels):
            points += [point & ~_LOW | number for point in _points(label)]
        points.sort()
        self._points = points

    def after(self, place: str) -> Iterator[str]:
        """The owners of the points from a place on, once around; owners come again and again."""
        points, labels = self._points, self._labels
        start = bisect_left(points, _place(place))
        for at in range(start, start + len(points)):
            yield labels[points[at % len(points)] & _LOW]


def _points(label: str) -> tuple[int, ...]:
    return _unpack(hashlib.shake_128(label.encode()).digest(8 * _POINTS))


def _place(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(errors="replace"), digest_size=8).digest())
