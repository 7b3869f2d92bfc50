"""Carries Codex' own requests to the backend, and gives the answers as they are."""

import asyncio
from collections.abc import Mapping

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, decode, encode
from codex2api.protocol.native import NativeRequest, RefusedError
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.redact import redact
from codex2api.upstream.transport import HttpResponse, TransportError
from codex2api.upstream.veil import Veil

_GOOD = (200, 304)
_KINDS = ("text/event-stream", "application/json")


class NativeFerry:
    """The passage's ``Ferry``.

    Args:
        backend: Where and as whom.
        idle_timeout: Seconds between two pieces of an answer.
    """

    def __init__(self, backend: Backend, *, idle_timeout: float) -> None:
        self._backend = backend
        self._idle_timeout = idle_timeout

    async def open(self, request: NativeRequest, credential: Credential) -> "_Flowing":
        """The accepted answer.

        Raises:
            ApiError: For every refusal and failure.
        """
        response = await self._backend.send(
            request.method, request.path, credential, request.headers, request.body
        )
        if response.status not in _GOOD:
            status, headers, body = await self._backend.refusal(response)
            secrets = (credential.access_token, credential.account_id)
            about = Circumstances(self._backend.now(), request.model, Catalog(()), secrets=secrets)
            error = failures.from_answer(status, headers, body, about)
            words = _shown(body, secrets) if status >= 400 else None  # no redirect is passed on
            raise error if words is None else RefusedError(error, status, words)
        if not _is_expected(response):
            response.close()
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE,
                "ChatGPT answered with something else than events or JSON.",
            )
        return _Flowing(response, self._idle_timeout, Veil(credential.access_token.encode()))


class _Flowing:
    """An answer whose silences are limited, and which does not quote our token."""

    def __init__(self, response: HttpResponse, idle_timeout: float, veil: Veil) -> None:
        self._response = response
        self._veil = veil
        self._idle_timeout = idle_timeout
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        """All bytes at hand; ``b""`` at the end.

        Raises:
            ApiError: The answer broke off, or nothing came for too long.
        """
        while data := await self._next():
            if shown := self._veil.pass_on(data):
                return shown
        return self._veil.end()

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._idle_timeout):
                return await self._response.read()
        except TimeoutError:
            self._response.abort()
            raise ApiError(Kind.UPSTREAM_TIMEOUT, "ChatGPT fell silent.") from None
        except TransportError:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT broke off its answer.") from None

    def close(self) -> None:
        """Give the connection back, or close it."""
        self._response.close()


def _is_expected(response: HttpResponse) -> bool:
    """Whether an accepted answer is for Codex: a page of somebody in between is not."""
    headers = response.headers
    if headers.get("content-encoding", "identity").lower() != "identity":
        return False
    kind = headers.get("content-type", _KINDS[0]).partition(";")[0].strip().lower()
    return kind in _KINDS


def _shown(body: bytes, secrets: tuple[str, ...]) -> bytes | None:
    """A refusal as it may be shown; ``None`` of what is no JSON."""
    try:
        return encode(_redacted(decode(body), secrets))
    except ValueError:
        return None


def _redacted(value: Json, secrets: tuple[str, ...]) -> Json:
    if isinstance(value, str):
        return redact(value, *secrets)
    if isinstance(value, list):
        return [_redacted(each, secrets) for each in value]
    if isinstance(value, dict):
        return {name: _redacted(each, secrets) for name, each in value.items()}
    return value
