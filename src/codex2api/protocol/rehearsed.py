"""A call as it would be made, for people who want to see it; nothing secret is in it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Rehearsed(Struct, frozen=True):
    """What would be sent.

    Attributes:
        headers: Tokens and account ids are hidden.
        model: The slug that is asked of the backend, after aliases.
        known: Whether the account's list has this model.
        effort: Of reasoning, if any is asked for.
        form: ``classic`` or ``lite``.
        adjusted: Wishes that were moved to what the model offers.
        dropped: Wishes that cannot be honoured.
    """

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    model: str
    known: bool
    effort: str | None
    form: str
    adjusted: tuple[str, ...]
    dropped: tuple[str, ...]
