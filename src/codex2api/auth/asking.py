"""One HTTP call to a sign-in service, and every way it can fail without an answer.

An own module, because its library is loaded with the first call (see ``calls``).
"""

from typing import Any

import aiohttp

from codex2api.auth.answers import Answer
from codex2api.errors import ApiError, Kind

_LARGEST_ANSWER = 1_000_000
_CONNECT = 10.0


async def ask(
    http: aiohttp.ClientSession, method: str, url: str, *, patience: float, **body: Any
) -> Answer:
    """The answer, whatever its status; ``body`` is ``json`` or ``data``, or nothing.

    Raises:
        ApiError: There was none, in ``patience`` seconds.
    """
    limit = aiohttp.ClientTimeout(total=patience, connect=_CONNECT)
    try:
        async with http.request(
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
