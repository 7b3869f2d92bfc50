"""Whether the backend answers at all."""

import time

import aiohttp

from codex2api.errors import ApiError, Kind
from codex2api.upstream.http import Http

_PATIENCE = 10.0


async def reach(http: Http, url: str) -> int:
    """Milliseconds until the backend answered, whatever it said: nobody is signed in for this.

    Raises:
        ApiError: ``UPSTREAM_UNAVAILABLE`` or ``UPSTREAM_TIMEOUT``: there was no answer.
    """
    began = time.perf_counter()
    limit = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with http.session.get(url, timeout=limit, allow_redirects=False):
            return round((time.perf_counter() - began) * 1000)
    except TimeoutError:
        raise ApiError(
            Kind.UPSTREAM_TIMEOUT, f"ChatGPT did not answer within {_PATIENCE:.0f} seconds."
        ) from None
    except aiohttp.ClientError as error:
        reason = str(error) or type(error).__name__
        raise ApiError(
            Kind.UPSTREAM_UNAVAILABLE, f"ChatGPT cannot be reached: {reason}."
        ) from error
