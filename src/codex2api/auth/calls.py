"""One HTTP call to a sign-in service, and every way it can fail without an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog

from codex2api.auth.answers import Answer
from codex2api.errors import ApiError, Kind

_LARGEST_ANSWER = 1_000_000
_REVOKE_TIMEOUT = 10.0

_log = structlog.get_logger()


class IssuerCalls:
    """Calls sign-in services.

    Bodies are never logged nor quoted: they hold tokens.

    Args:
        http: Gives the session to use. It must not follow redirects by itself for us to be safe;
            each call here says so again.
        timeout: Seconds for one call, of which ten at most to connect.
    """

    def __init__(self, http: Callable[[], aiohttp.ClientSession], *, timeout: float = 30.0) -> None:
        self._http = http
        self._timeout = timeout

    async def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a body of JSON or of form fields, whatever its status.

        Raises:
            ApiError: There was none. ``UPSTREAM_TIMEOUT`` means that it is unknown what became of
                the call.
        """
        return await self._call("POST", url, json=json, data=data)

    async def get(self, url: str) -> Answer:
        """The answer, whatever its status.

        Raises:
            ApiError: There was none.
        """
        return await self._call("GET", url)

    async def _call(self, method: str, url: str, **body: Any) -> Answer:
        limit = aiohttp.ClientTimeout(total=self._timeout, connect=10.0)
        try:
            async with self._http().request(
                method,
                url,
                headers={"Accept": "application/json"},
                allow_redirects=False,
                timeout=limit,
                **body,
            ) as response:
                return Answer(response.status, await _read(response), _retry_after(response))
        except aiohttp.ConnectionTimeoutError:
            raise _unreachable("it did not accept the connection in time") from None
        except TimeoutError:
            raise ApiError(
                Kind.UPSTREAM_TIMEOUT, "The ChatGPT sign-in service did not answer in time."
            ) from None
        except aiohttp.ClientError as error:
            raise _unreachable(_reason(error)) from None


async def revoked(call: Awaitable[Answer]) -> bool:
    """Whether a revocation worked; best effort, so a failure is only in the log."""
    try:
        async with asyncio.timeout(_REVOKE_TIMEOUT):
            answer = await call
    except TimeoutError:
        _log.warning("tokens.not_revoked", reason="no answer")
        return False
    except ApiError as error:
        _log.warning("tokens.not_revoked", reason=error.message)
        return False
    return answer.ok


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE, "The ChatGPT sign-in service sent an oversized answer."
            )
    return bytes(body)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 8 else None


def _reason(error: aiohttp.ClientError) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return "its certificate is not valid"
        case aiohttp.ClientConnectorDNSError():
            return "its name was not found"
        case aiohttp.ClientConnectorError():
            return "the connection was refused"
        case _:
            return "the connection broke"


def _unreachable(reason: str) -> ApiError:
    return ApiError(
        Kind.UPSTREAM_UNAVAILABLE, f"The ChatGPT sign-in service cannot be reached: {reason}."
    )
