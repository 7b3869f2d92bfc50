"""The door: every request passes here, is guarded, let in by its key, routed, answered and logged.

Only ``OPEN_PATHS`` and one-time links need no key, so a route that somebody forgets is shut, not
open. Decisions are made on ``scope["path"]`` alone, never on a URL rebuilt from the Host header.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codex2api.api.border import as_answer
from codex2api.api.cors import Preflight, asks_beforehand, opened
from codex2api.api.disconnect import CALLER_LEFT, CallerLeftError
from codex2api.api.errors import send_error
from codex2api.api.etiquette import Etiquette
from codex2api.api.exchange import Exchange, begin, tell
from codex2api.api.gate import ASKING, enter, leave
from codex2api.api.guards import Guards
from codex2api.api.health import OPEN_PATHS
from codex2api.api.invitation import PREFIX as INVITATION, Invitations, invited
from codex2api.api.lobby import Lobby
from codex2api.api.recording import call_of
from codex2api.api.traffic import Traffic
from codex2api.api.unsupported import why_unsupported
from codex2api.api.wrong_keys import WrongKeys
from codex2api.callers import Callers
from codex2api.errors import ApiError, Kind
from codex2api.ledger.ports import Record
from codex2api.metrics.tally import Tally

ADMIN_PATHS = ("/auth/", "/admin/", "/openapi.json", "/metrics")
"""For the owner alone: a client key is not enough."""

FORM_PATHS = frozenset(
    {
        "/v1/audio/transcriptions",
        "/v1/audio/translations",
        "/v1/files",
        "/v1/images/edits",
        "/v1/images/variations",
    }
)
"""Where OpenAI's API takes multipart forms, also if all we have is a reason why not."""

_STOPPED = "This server was stopped before the answer was there; send the request again."

log = structlog.get_logger("codex2api.request")


@dataclass(frozen=True, slots=True)
class Front:
    """The outermost ASGI application.

    Attributes:
        hot: Plain ASGI callables by path, POST only; they bypass the cold application's routing.
        cold: Everything else, lifespan included.
        sockets: WebSocket applications by path.
        wrong_keys: Counts them.
        lists: Paths of hot routes that the cold application answers to GET.
        is_over: Whether the server ends and cancels what is under way.
        record: Takes down the calls of models.
        etiquette: Knows the manners of each route.
        traffic: Knows what is under way, and counts the other requests.
        lobby: Where the owner's browser is let in; ``None`` where there is no dashboard.
    """

    guards: Guards
    callers: Callers
    invitations: Invitations
    hot: Mapping[str, ASGIApp]
    cold: ASGIApp
    sockets: Mapping[str, ASGIApp] = field(default_factory=dict)
    lists: AbstractSet[str] = frozenset()
    wrong_keys: WrongKeys = field(default_factory=lambda: WrongKeys(time.monotonic))
    is_over: Callable[[], bool] = lambda: False
    record: Record | None = None
    etiquette: Etiquette = field(default_factory=Etiquette)
    traffic: Traffic = field(default_factory=lambda: Traffic(Tally()))
    lobby: Lobby | None = None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection scope; a plain function, so that passing it on costs no task."""
        if scope["type"] == "http":
            return self._serve(scope, receive, send)
        if scope["type"] == "lifespan":
            return self.cold(scope, receive, send)
        return self._connect(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = begin(scope)
        exchange.manners = self.etiquette.of(exchange.path, exchange.asked)
        self.traffic.begins(exchange)
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        if self.guards.origins:
            send = opened(send, exchange.asked, self.guards.origins)
        watched = _WatchedSend(send, exchange)
        try:
            await self._route(exchange, scope)(scope, receive, watched)
        except CallerLeftError:
            exchange.status = exchange.status or CALLER_LEFT
            exchange.error = "caller_left"
        except asyncio.CancelledError:
            # As asyncio.timeout has it: told apart from every other one, and taken back.
            if not self.is_over():
                raise
            _taken_back()
            await _refuse(watched, exchange, ApiError(Kind.SHUTTING_DOWN, _STOPPED))
        except Exception as error:  # noqa: BLE001 (the one border: see _failure)
            failure = self._failure(error, exchange, scope)
            await _refuse(watched, exchange, invited(failure, self.invitations, exchange, scope))
        finally:
            leave(exchange)
            self.traffic.ends(exchange)
        tell(exchange)
        if not self._is_call(exchange):
            self.traffic.count(exchange)
        elif self.record is not None and not exchange.deferred:
            self.record(call_of(exchange))

    def _failure(self, error: Exception, exchange: Exchange, scope: Scope) -> ApiError:
        """What a caller is told: the one border where a bug becomes an answer."""
        answer = as_answer(error)
        return self.wrong_keys.judge(answer, exchange, scope) if answer is error else answer

    def _is_call(self, exchange: Exchange) -> bool:
        """Whether a known caller asked a model."""
        known = exchange.method == "POST" and exchange.caller is not None
        return known and exchange.path in ASKING and not exchange.rehearsed

    def _route(self, exchange: Exchange, scope: Scope) -> ASGIApp:
        if exchange.path.startswith(INVITATION) and exchange.method == "GET":
            return self.cold  # the link is the key, and may be followed from any page
        if exchange.method == "OPTIONS" and asks_beforehand(exchange.asked, self.guards.origins):
            self.guards.check_host(exchange.asked)
            return Preflight(exchange.asked)
        if self.lobby is not None and self.lobby.shows(exchange):
            return self._page(self.lobby, exchange, scope)
        self._admit(exchange)
        hot = self.hot.get(exchange.path)
        if hot is None:
            reason = why_unsupported(exchange.path)
            if reason is not None:
                raise ApiError(Kind.NOT_SUPPORTED, reason)
            return self.cold
        if exchange.method == "GET" and exchange.path in self.lists:
            return self.cold
        if exchange.method != "POST":
            raise ApiError(Kind.METHOD_NOT_ALLOWED, f"{exchange.path} takes POST.")
        return hot

    def _page(self, lobby: Lobby, exchange: Exchange, scope: Scope) -> ASGIApp:
        """A page of the dashboard, or what it loads; a link on any page may lead to one."""
        if lobby.is_led(exchange):
            self.guards.check_host(exchange.asked)
        else:
            self.guards.check("GET", exchange.asked)
        if not lobby.is_page(exchange):
            return self.cold
        try:
            self._identify(exchange)
        except ApiError as error:
            welcome = lobby.to_sign_in(exchange, scope["query_string"])
            if welcome is None or error.kind is not Kind.INVALID_KEY:
                raise
            return welcome
        return self.cold

    def _admit(self, exchange: Exchange) -> None:
        headers = exchange.asked
        self.guards.check(exchange.method, headers, forms=exchange.path in FORM_PATHS)
        if exchange.path not in OPEN_PATHS:
            self._identify(exchange)
            enter(exchange)

    def _identify(self, exchange: Exchange) -> None:
        headers = exchange.asked
        caller = None
        if self.lobby is not None and "cookie" in headers:
            caller = self.lobby.visitor(exchange)
        exchange.caller = caller or self.callers.identify(
            headers.get("authorization"), headers.get("x-api-key")
        )
        if not exchange.caller.admin and self._is_owners(exchange):
            raise ApiError(Kind.INVALID_KEY, "This needs the owner's key: data/local.key.")

    def _is_owners(self, exchange: Exchange) -> bool:
        """Whether a request is for the owner alone."""
        if exchange.path.startswith(ADMIN_PATHS):
            return True
        return self.lobby is not None and self.lobby.is_page(exchange)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket connection; a refusal is an HTTP answer to the upgrade."""
        exchange = begin(scope)
        exchange.manners = self.etiquette.of(exchange.path, exchange.asked)
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        self.traffic.begins(exchange)
        await receive()
        try:
            self._admit(exchange)
            await self._socket(exchange.path)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 (the one border: see _failure)
            denying = _WatchedSend(_denying(send), exchange)
            await _refuse(denying, exchange, self._failure(error, exchange, scope))
        finally:
            self.traffic.ends(exchange)
        tell(exchange)
        self.traffic.count(exchange)

    def _socket(self, path: str) -> ASGIApp:
        socket = self.sockets.get(path)
        if socket is None:
            raise ApiError(Kind.NO_WEBSOCKET, "There is no WebSocket at this path; use HTTP.")
        return socket


class _WatchedSend:
    """``send`` that notes the status and names the request in the headers."""

    __slots__ = ("_exchange", "_send")

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self._send = send
        self._exchange = exchange

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.status = int(message["status"])
            message["headers"] = self._exchange.completed(message.get("headers", []))
        await self._send(message)


def _taken_back() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _denying(send: Send) -> Send:
    """``send`` for an HTTP answer in the place of a WebSocket."""

    async def denying(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    return denying


async def _refuse(send: _WatchedSend, exchange: Exchange, error: ApiError) -> None:
    exchange.error = error.code or error.kind.value
    if exchange.status == 0:
        await send_error(send, exchange, error)
    # Otherwise returning without an end makes the server cut the connection: an honest break.
