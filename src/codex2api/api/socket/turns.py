"""What was said on one WebSocket connection, for requests that go on from there. Pure.

A response that is stored nowhere (``store: false``, or a warm-up) can be named as
``previous_response_id`` on its own connection. Items stay the JSON that they came as.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from codex2api.dialects.openai_refusals import invalid
from codex2api.protocol.json import encode

_MOST = 8
"""Responses that can be gone on from; their histories share what they have in common."""

Fields: TypeAlias = dict[str, msgspec.Raw]
Items: TypeAlias = tuple[msgspec.Raw, ...]

_input = msgspec.json.Decoder(str | list[msgspec.Raw])
_name = msgspec.json.Decoder(str | None)


@dataclass(frozen=True, slots=True)
class Turn:
    """All that was said up to a response, this included.

    Attributes:
        before: Id of the stored response from which it all goes on.
    """

    items: Items
    before: msgspec.Raw | None = None


class Turns:
    """The latest turns of one connection, by the ids of their responses."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def find(self, name: str) -> Turn | None:
        """The turn that ended with a response."""
        return self._turns.get(name)

    def keep(self, name: str, turn: Turn) -> None:
        """Keep a turn; the oldest one may have to go."""
        self._turns[name] = turn
        if len(self._turns) > _MOST:
            self._turns.popitem(last=False)


def previous_id(fields: Fields) -> str | None:
    """The id that a request goes on from.

    Raises:
        ApiError: It is no string.
    """
    try:
        name: str | None = _name.decode(fields.get("previous_response_id", b"null"))
    except msgspec.MsgspecError:
        raise invalid("previous_response_id", "Expected a string") from None
    return name


def own_items(fields: Fields) -> Items:
    """A request's own input.

    Raises:
        ApiError: It is neither text nor a list.
    """
    try:
        said = _input.decode(fields.get("input", b"[]"))
    except msgspec.MsgspecError:
        raise invalid("input", "Expected a string or a list of items") from None
    if isinstance(said, str):
        return (msgspec.Raw(encode({"type": "message", "role": "user", "content": said})),)
    return tuple(said)


def go_on(fields: Fields, turn: Turn) -> Fields:
    """A request with what was said before it in full."""
    whole = fields | {"input": joined((*turn.items, *own_items(fields)))}
    del whole["previous_response_id"]
    return whole if turn.before is None else whole | {"previous_response_id": turn.before}


def joined(items: Sequence[msgspec.Raw]) -> msgspec.Raw:
    """Items as one JSON list."""
    return msgspec.Raw(b"[" + b",".join(items) + b"]")
