"""A request with one whole answer, as the rooms that carry it and run it both see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be asked of the backend.

    Attributes:
        path: Below the backend's address.
        media: Content type of the body.
        model: As it is named to the backend, for its errors; ``""`` where it takes none.
    """

    path: str
    media: str
    body: bytes = field(repr=False)
    model: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer.

    Attributes:
        headers: Of the answer; names are in lower case.
        model: What served, where the errand named one by an alias.
        adjusted: Wishes that were moved to what the model offers.
        dropped: Wishes that this model cannot honour.
    """

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    model: str = ""
    adjusted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
