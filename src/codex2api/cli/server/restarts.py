"""When a worker that ended is started again; pure."""

from collections import Counter


class Restarts:
    """At once after the first end, later and later if the next ones end soon as well.

    Args:
        most: Ends of one worker in a row after which there is no hope.
        young: Seconds after which an end has nothing to do with the start.
        longest: Seconds between an end and the next start, at most.
    """

    def __init__(self, most: int = 10, young: float = 60.0, longest: float = 30.0) -> None:
        self._most = most
        self._young = young
        self._longest = longest
        self._in_a_row: Counter[int] = Counter()

    def after(self, number: int, lived: float) -> float | None:
        """Seconds to wait before worker ``number`` is started again; ``None``: give up.

        Args:
            number: Which worker ended.
            lived: For how many seconds it had been there.
        """
        if lived >= self._young:
            self._in_a_row[number] = 0
        earlier = self._in_a_row[number]
        self._in_a_row[number] += 1
        if earlier >= self._most:
            return None
        return 0.0 if earlier == 0 else min(0.5 * 2.0 ** (earlier - 1), self._longest)
