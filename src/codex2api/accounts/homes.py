"""Which account has served a conversation; pure."""

from collections import OrderedDict
from collections.abc import Iterable

_MOST = 32_768
"""Names, of which a conversation has two: some eight megabytes."""


class Homes:
    """Accounts by the names of conversations, the least recently met forgotten first.

    It lives in memory. After a start, and in another replica, the ring tells what it would have
    told, but for conversations that did not begin at their place on it.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._homes: OrderedDict[str, str] = OrderedDict()

    def find(self, names: Iterable[str]) -> str | None:
        """The account that served a conversation last, by the first of its names that is known."""
        for name in names:
            if (label := self._homes.get(name)) is not None:
                return label
        return None

    def keep(self, names: Iterable[str], label: str) -> None:
        """Take down who serves a conversation."""
        for name in names:
            self._homes[name] = label
            self._homes.move_to_end(name)
        while len(self._homes) > self._most:
            self._homes.popitem(last=False)
