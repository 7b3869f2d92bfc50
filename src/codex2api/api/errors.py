"""``ApiError`` as an HTTP answer, on every route."""

import math

from starlette.types import Send

from codex2api.api.exchange import Exchange
from codex2api.api.streaming import RawHeaders
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import MAX_DEPTH_ERROR, Json, encode

BUG = "Something went wrong in this server; its log has the details under this request id."


def too_deep() -> ApiError:
    """What a ``RecursionError`` is: nothing here recurses but over what a caller has nested.

    Decoding refuses what is deeper than the interpreter goes; what is just less deep fails later,
    further up the stack.
    """
    return ApiError(Kind.BAD_REQUEST, MAX_DEPTH_ERROR)


_HOPELESS = frozenset({Kind.LIMIT_REACHED, Kind.PLAN_LACKS_ACCESS, Kind.TOO_MANY_WRONG_KEYS})
"""What SDKs would repeat (by its status) though it cannot succeed soon."""

_LONGEST_WAIT = 60.0
"""Seconds; SDKs do not wait longer, but try again at once."""


async def send_json(send: Send, status: int, body: Json, headers: RawHeaders) -> None:
    """A whole JSON answer."""
    data = encode(body)
    await send(
        {
            "type": "http.response.start",
            "status": int(status),
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(data)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": data})


async def send_error(
    send: Send, exchange: Exchange, error: ApiError, headers: RawHeaders | None = None
) -> None:
    """A failure as an answer, in the shape of the API that was called."""
    manners = exchange.manners
    body = manners.error(error, exchange.request_id)
    await send_json(send, manners.status(error), body, (headers or []) + error_headers(error))


def error_headers(error: ApiError) -> RawHeaders:
    """Headers that tell a client when, and whether at all, to try again."""
    headers: RawHeaders = []
    if error.retry_after is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(error.retry_after))).encode()))
    if error.kind in _HOPELESS or _waits_long(error):
        headers.append((b"x-should-retry", b"false"))
    if error.kind is Kind.INVALID_KEY:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


def _waits_long(error: ApiError) -> bool:
    return error.kind is Kind.RATE_LIMITED and (error.retry_after or 0) > _LONGEST_WAIT
