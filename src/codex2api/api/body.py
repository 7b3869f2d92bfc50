"""Request bodies: read once, bounded, inflated under the same bound."""

from collections.abc import Mapping

from starlette.types import Receive

from codex2api.api.disconnect import CallerLeftError
from codex2api.api.inflate import inflate
from codex2api.errors import ApiError, Kind

MAX_BODY = "server.maxBodyBytes"


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body, inflated if it came compressed.

    Args:
        headers: The request's.
        receive: Where its messages come from.
        limit: Bytes allowed, before and after inflating.

    Raises:
        ApiError: ``BODY_TOO_LARGE`` (early, if the length was declared), or as ``inflate``.
        CallerLeftError: The caller left in the middle of it.
    """
    reader = BodyReader(headers, receive, limit)
    parts: list[bytes] = []
    while (part := await reader.next()) is not None:
        parts.append(part)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return body
    inflated = inflate(body, encoding, limit)
    if inflated is None:
        raise too_large(limit)
    return inflated


class BodyReader:
    """A body piece by piece, as it was sent.

    Args:
        headers: The request's.
        receive: Where its messages come from.
        limit: Bytes allowed.
        setting: What decides about them.

    Raises:
        ApiError: ``BODY_TOO_LARGE``, at once if the length was declared.
    """

    __slots__ = ("_left", "_limit", "_more", "_receive", "_setting")

    def __init__(
        self, headers: Mapping[str, str], receive: Receive, limit: int, setting: str = MAX_BODY
    ) -> None:
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise too_large(limit, setting)
        self._receive = receive
        self._setting = setting
        self._limit = self._left = limit
        self._more = True

    async def next(self) -> bytes | None:
        """The next piece, or ``None`` at the end.

        Raises:
            ApiError: ``BODY_TOO_LARGE``.
            CallerLeftError: The caller left in the middle of it.
        """
        if not self._more:
            return None
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        part: bytes = message.get("body", b"")
        self._left -= len(part)
        if self._left < 0:
            raise too_large(self._limit, self._setting)
        self._more = message.get("more_body", False)
        return part


def too_large(limit: int, setting: str = MAX_BODY) -> ApiError:
    """The refusal of what is larger than ``limit`` bytes; ``setting`` is what allows more."""
    return ApiError(
        Kind.BODY_TOO_LARGE,
        f"The request body is larger than {limit:,} bytes (setting {setting}).",
    )
