"""What became of a caller's wishes on their way to the backend."""

from collections.abc import Iterable


class Notes:
    """Gathers what the answer's headers report; nothing is changed or left out in silence.

    ``dropped`` is what the dialect had to leave out before, ``adjusted`` what it had to move.
    """

    def __init__(self, dropped: Iterable[str] = (), adjusted: Iterable[str] = ()) -> None:
        self.adjusted = [*adjusted]
        self.dropped = [*dropped]

    def adjust(self, what: str, asked: object, sent: object) -> None:
        """A wish was moved to what the model offers (``effort:minimal->low``)."""
        self.adjusted.append(f"{what}:{_word(asked)}->{_word(sent)}")

    def drop(self, what: str) -> None:
        """A wish cannot be honoured; each is named once."""
        if what not in self.dropped:
            self.dropped.append(what)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
