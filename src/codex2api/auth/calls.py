"""Calls to sign-in services."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from codex2api.auth.answers import Answer
from codex2api.errors import ApiError

if TYPE_CHECKING:
    import aiohttp

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

    def __init__(
        self, http: "Callable[[], aiohttp.ClientSession]", *, timeout: float = 30.0
    ) -> None:
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
        # Its library loads for a tenth of a second, during which callers' streams should flow.
        await asyncio.to_thread(import_module, "codex2api.auth.asking")
        from codex2api.auth.asking import ask  # noqa: PLC0415 (see above)

        return await ask(self._http(), method, url, patience=self._timeout, **body)


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
