"""One call to the backend: identity, time limit, and the answer or an error."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from yarl import URL

from codex2api.accounts.account import Credential
from codex2api.errors import ApiError, Kind
from codex2api.upstream.broken import PassingError, to_error
from codex2api.upstream.headers import identity, user_agent
from codex2api.upstream.http import Http, describe_platform
from codex2api.upstream.transport import HttpResponse, TransportError

_LONGEST_ERROR = 256 * 1024
"""Bytes of an answer that is read for its error only."""

_LONGEST_ANSWER = 16 * 1024 * 1024

_BODY_TIME = 10.0


Identity: TypeAlias = Callable[[Credential], Mapping[str, str]]
"""The headers that say who asks, for every call."""


class Answer(NamedTuple):
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Backend:
    """Where the backend is, and as whom we speak to it.

    Args:
        http: The session.
        url: Base address, with ``/backend-api``.
        originator: The program we name ourselves as.
        client_version: Decides which models the backend shows.
        response_timeout: Seconds until the response headers.
        now: Unix seconds, for messages about limits.
        identity: The headers that say who asks, where they are others than Codex'.
        pauses: Seconds before each further try of a call that failed in a way that passes.

    Attributes:
        retries: How often a call was made once more, after a failure that passes.
    """

    def __init__(
        self,
        http: Http,
        *,
        url: str,
        originator: str = "codex_cli_rs",
        client_version: str = "0.160.0",
        response_timeout: float = 120.0,
        now: Callable[[], float] = time.time,
        identity: Identity | None = None,
        pauses: Sequence[float] = (0.2, 0.5),
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        agent = user_agent(originator, client_version, describe_platform())
        self._name = {"originator": originator, "User-Agent": agent}
        self._identity = identity or _codex(originator, client_version, agent)
        self._timeout = response_timeout
        self._pauses = pauses
        self.client_version = client_version
        self.host = URL(url).host or url
        self.now = now
        self.retries = 0

    async def send(
        self,
        method: str,
        path: str,
        credential: Credential,
        headers: Mapping[str, str],
        body: bytes | None = None,
        patience: float | None = None,
    ) -> HttpResponse:
        """The response, headers read, body not; the caller closes it.

        Only a connection that failed is tried again: an answer that says no, also a 5xx, is the
        answer. ``patience`` is another number of seconds than the usual one, for each try.

        Raises:
            ApiError: There was no response.
        """
        call = partial(self.send_once, method, path, credential, headers, body, patience)
        return await self.patiently(call)

    async def patiently(self, attempt: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
        """What an attempt gives; one that failed in a way that passes is made again.

        Raises:
            ApiError: It failed otherwise, or once too often.
        """
        for pause in self._pauses:
            try:
                return await attempt()
            except PassingError:
                await asyncio.sleep(pause)
                self.retries += 1
        return await attempt()

    async def send_once(
        self,
        method: str,
        path: str,
        credential: Credential,
        headers: Mapping[str, str],
        body: bytes | None = None,
        patience: float | None = None,
    ) -> HttpResponse:
        """As ``send``, tried once, for attempts that hold more than that.

        Raises:
            ApiError: There was no response; a ``PassingError`` if there may be one in a moment.
        """
        try:
            return await self._http.transport.request(
                method,
                self.address(path),
                self.signed(credential, headers),
                body,
                patience=patience or self._timeout,
            )
        except (TransportError, TimeoutError, ValueError) as error:
            raise to_error(error, self.host) from error

    def address(self, path: str) -> str:
        """Where a path of the backend is."""
        return f"{self._url}{path}"

    def signed(self, credential: Credential, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of a call as they are sent."""
        return {**self._identity(credential), **headers}

    async def get(
        self,
        path: str,
        credential: Credential,
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> Answer:
        """A whole answer, whatever its status.

        Raises:
            ApiError: There was none, or it ended early.
        """
        wanted = {"Accept": "application/json"} | dict(headers or {})
        response = await self.send("GET", path, credential, wanted, patience=patience)
        return await self.whole(response, _LONGEST_ANSWER, _BODY_TIME)

    async def knock(self, url: str, patience: float) -> Answer:
        """What an address answers to whom it does not know: our name, and no token.

        Raises:
            ApiError: It did not answer.
        """
        try:
            response = await self._http.transport.request("GET", url, self._name, patience=patience)
        except (TransportError, TimeoutError, ValueError) as error:
            raise to_error(error, URL(url).host or url) from error
        return await self.refusal(response)

    async def whole(self, response: HttpResponse, limit: int, seconds: float) -> Answer:
        """A whole answer of at most ``limit`` bytes, that takes at most that long to arrive.

        Raises:
            ApiError: It ended early, was too long or came too slowly.
        """
        body = await read_body(response, limit, seconds)
        if body is None:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, f"{self.host} broke off its answer.")
        return Answer(response.status, response.headers, body)

    async def refusal(self, response: HttpResponse) -> Answer:
        """What an answer other than 200 says, as far as it can be read; closes it."""
        body = await read_body(response, _LONGEST_ERROR)
        return Answer(response.status, response.headers, body or b"")


def _codex(originator: str, version: str, agent: str) -> Identity:
    def headers(credential: Credential) -> Mapping[str, str]:
        return identity(credential, originator, version, agent)

    return headers


async def read_body(
    response: HttpResponse, limit: int, seconds: float = _BODY_TIME
) -> bytes | None:
    """The body, and the connection given back or closed.

    Returns:
        ``None`` if it broke off, was too long or came too slowly.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while chunk := await response.read():
                size += len(chunk)
                if size > limit:
                    return None
                chunks.append(chunk)
    except (TransportError, TimeoutError):
        return None
    finally:
        response.close()
    return b"".join(chunks)
