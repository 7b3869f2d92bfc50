"""The sign-in, where several processes share a port: it is with one of them, at the desk.

A sign-in is a conversation of minutes: a state that was given out, a listener on port 1455 that
the browser comes back to, a page that asks how far it has come. Any worker may be asked next, so
the others pass such requests on, as they are: the desk checks key and guards like everybody else.
"""

import secrets
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from codex2api.api.body import read_body
from codex2api.api.exchange import exchange_of
from codex2api.api.invitation import PREFIX as INVITATION
from codex2api.errors import ApiError, Kind

_PATHS = ("/auth/login", "/auth/callback", "/auth/device", INVITATION)
_MOST = 64 * 1024
_PATIENCE = 120.0
"""Seconds: a code is exchanged at the sign-in service meanwhile."""

_NOT_PASSED_ON = frozenset(
    {"connection", "content-length", "keep-alive", "transfer-encoding", "content-encoding"}
)
_PASSED_BACK = frozenset(
    {
        "cache-control",
        "content-security-policy",
        "content-type",
        "location",
        "referrer-policy",
        "retry-after",
        "set-cookie",
        "x-content-type-options",
        "x-frame-options",
    }
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the sign-in is.

    Attributes:
        address: Host and port of the desk, for those who are elsewhere; ``None`` is here.
        secret: What one-time links are signed with, the same wherever one is given out.
    """

    address: tuple[str, int] | None = None
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)


def with_desk(cold: ASGIApp, desk: Desk) -> ASGIApp:
    """The application whose sign-in routes are served at the desk."""
    if desk.address is None:
        return cold
    origin = f"http://{desk.address[0]}:{desk.address[1]}"

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_PATHS):
            await _pass_on(origin, scope, receive, send)
        else:
            await cold(scope, receive, send)

    return answer


async def _pass_on(origin: str, scope: Scope, receive: Receive, send: Send) -> None:
    import aiohttp  # noqa: PLC0415 (only for a sign-in, and only beside the desk)

    exchange = exchange_of(scope)
    body = await read_body(exchange.asked, receive, _MOST)
    asked = {name: text for name, text in exchange.asked.items() if name not in _NOT_PASSED_ON}
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    url = URL(f"{origin}{path}?{query}" if query else f"{origin}{path}", encoded=True)
    limit = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.request(
                exchange.method,
                url,
                data=body or None,
                headers={**asked, "x-request-id": exchange.request_id},
                skip_auto_headers=("user-agent", "content-type"),
                allow_redirects=False,
            ) as response,
        ):
            status, data = response.status, await response.read()
            headers = [
                (name.lower().encode("latin-1"), text.encode("latin-1"))
                for name, text in response.headers.items()
                if name.lower() in _PASSED_BACK
            ]
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ApiError(
            Kind.OVERLOADED,
            "The process that signs people in does not answer now; try again in a moment.",
            retry_after=2.0,
        ) from error
    headers.append((b"content-length", str(len(data)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
