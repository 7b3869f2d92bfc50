"""One record a call, and which of them somebody wants to see."""

import re
from typing import TypeAlias

from msgspec import Struct

from codex2api.errors import ApiError, Kind


class CallRecord(Struct, frozen=True, gc=False, kw_only=True):
    """What is known of one call when it is over.

    Tokens are ``None`` where nobody told them: of refused calls, of answers that were broken off,
    of routes that cost no tokens. Part of the input is cached, part of the output is reasoning.

    Attributes:
        at: When it began, in milliseconds since 1970.
        request_id: As in the answer's ``x-request-id`` and in the log.
        method: ``POST``, or ``WS`` for a message on a WebSocket.
        route: Path.
        asked_model: As the caller wrote it.
        model: What served, by the backend's name; ``None`` where nothing did.
        effort: Asked of the backend.
        account: Label.
        key: The caller's id; two keys never share one.
        key_name: What the caller is called.
        estimated: The tokens were counted here, because the answer was cut here.
        first_ms: Milliseconds until the first part of the answer was there, reasoning included.
        total_ms: Milliseconds until the end.
        status: Of HTTP; 499 for a caller who left before there was any.
        error: Code of the failure, also of one after the first byte.
        client: The program that asked.
    """

    at: int
    request_id: str
    method: str
    route: str
    asked_model: str | None = None
    model: str | None = None
    effort: str | None = None
    account: str | None = None
    key: str | None = None
    key_name: str | None = None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    estimated: bool = False
    first_ms: int | None = None
    total_ms: int
    status: int
    error: str | None = None
    client: str | None = None


class EndedCall(CallRecord, frozen=True, gc=False, kw_only=True):
    """The record of a call that is just over, with what is counted of it and not kept.

    Attributes:
        streamed: The answer came in parts.
        silence_ms: The longest pause between two of them, where that was looked at.
        traceparent: The caller's own trace, as W3C has it; not checked.
    """

    streamed: bool = False
    silence_ms: int | None = None
    traceparent: str | None = None


class KeptCall(Struct, frozen=True):
    """A record with its number: later ones have greater numbers."""

    number: int
    call: CallRecord


class StatusRange(Struct, frozen=True):
    """Statuses from the lowest to the highest."""

    lowest: int
    highest: int


FAILED = "error"
"""Whatever ended with an error, also after status 200."""

StatusWish: TypeAlias = StatusRange | str | None

_STATUS = re.compile(r"([1-5])xx|([1-5]\d\d)", re.ASCII)


def status_wish(text: str | None) -> StatusWish:
    """Which statuses ``4xx``, ``5xx``, ``429`` or ``error`` mean.

    Raises:
        ApiError: It is none of these.
    """
    if text is None or text == FAILED:
        return text
    found = _STATUS.fullmatch(text.lower())
    if found is None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for 'status': '{text[:20]}' is none of 4xx, 5xx, error or a status.",
            param="status",
            code="invalid_value",
        )
    if found[2]:
        return StatusRange(int(found[2]), int(found[2]))
    return StatusRange(int(found[1]) * 100, int(found[1]) * 100 + 99)


class Wanted(Struct, frozen=True, kw_only=True):
    """Which calls are wanted; what is ``None`` does not matter.

    Attributes:
        model: As it was asked for, or as it served.
        key: A key's id or name.
        text: Part of a name, of an id, of an error's code.
        since: Milliseconds since 1970.
        until: The same; calls that began before.
        before: Only smaller numbers: to go on in a list that shows the newest first.
        after: Only greater numbers: what has come since.
    """

    status: StatusWish = None
    model: str | None = None
    key: str | None = None
    account: str | None = None
    text: str | None = None
    since: int = 0
    until: int | None = None
    before: int | None = None
    after: int | None = None
