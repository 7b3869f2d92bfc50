"""The composition root: every object of the server is built here, and nowhere else."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI

from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import Window
from codex2api.accounts.lookout import Lookout
from codex2api.accounts.policy import strategy_named
from codex2api.accounts.pool import AccountPool
from codex2api.api.application import Application
from codex2api.api.auth import auth_router
from codex2api.api.cold import cold_app
from codex2api.api.compaction import compaction_router
from codex2api.api.desk import Desk, with_desk
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.errand_options import ErrandOptions
from codex2api.api.exchange import new_id
from codex2api.api.front import Front
from codex2api.api.guards import Guards, host_name
from codex2api.api.health import Readiness, health_router
from codex2api.api.invitation import Invitations, invitation_router
from codex2api.api.keys import keys_router
from codex2api.api.ledger import ledger_router
from codex2api.api.media.attachments import Attachments
from codex2api.api.media.audio import audio_router
from codex2api.api.media.files import FileOptions, files_router
from codex2api.api.media.images import images_router
from codex2api.api.models import models_router
from codex2api.api.native import native_router, native_routes
from codex2api.api.router import DIALECTS, forgetful, hot_routes, memories, remembering_routers
from codex2api.api.socket.websocket import ResponsesSocket, SocketLimits
from codex2api.api.state.background import Background, given_up_in
from codex2api.api.state.shelf import Shelf, nothing_kept
from codex2api.api.understanding import Understanding
from codex2api.api.visible import VisibleModels
from codex2api.api.wrong_keys import WrongKeys
from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.callers import Caller, Callers, fingerprint
from codex2api.callers.caller import digest
from codex2api.callers.counter import Books
from codex2api.callers.meter import House, known_key
from codex2api.callers.plan import Plan
from codex2api.catalog.prompts import Prompts
from codex2api.dialects.chat import CHAT
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errands import Errands
from codex2api.logs import body_log
from codex2api.passage import Passage
from codex2api.prices import list_price
from codex2api.reasoning import ReasoningMemory
from codex2api.relay import Relay
from codex2api.settings import Settings
from codex2api.store.keyring import KeyRing
from codex2api.store.localkey import load_or_create
from codex2api.store.state import State
from codex2api.store.tokenfile import TokenFiles
from codex2api.upstream.backend import Backend
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.compactor import CodexCompactor
from codex2api.upstream.courier import CodexCourier
from codex2api.upstream.http import Http
from codex2api.upstream.models import LiveModels
from codex2api.upstream.native import NativeFerry
from codex2api.upstream.prepare import PromptPolicy, Rules
from codex2api.upstream.shapes import Shape
from codex2api.upstream.usage import BackendUsage

if TYPE_CHECKING:
    from codex2api.store.shared import SharedStore

_GLANCE = 0.005
"""Seconds between two looks at the token files, at the most often."""


@dataclass(frozen=True, slots=True)
class _Lasting:
    """What lives as long as the process, however the settings change meanwhile."""

    local_key: str
    http: Http
    backend: Backend
    models: LiveModels
    keeper: TokenKeeper
    pool: AccountPool
    lookout: Lookout
    sign_in: SignIn
    shared: "SharedStore | None"
    state: State
    background: Background
    invitations: Invitations
    reasoning: ReasoningMemory
    readiness: Readiness
    wrong_keys: WrongKeys
    house: House
    callers: Callers
    keys: KeyRing
    desk: Desk

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Open what has to be, and close all of it."""
        async with self.http:
            await self.state.start()
            await self.keys.start()
            looking = asyncio.create_task(self.lookout.run())
            yield
            await _stop(looking)
            await self.background.close()
            await self.sign_in.close()
            await self.models.close()
            await self.keeper.settle()
            await self.keys.close()
            await self.state.close()
            if self.shared is not None:
                await self.shared.close()


class App(Application):
    """The server as ASGI application, which can be given other settings while it serves."""

    def __init__(self, settings: Settings, lasting: _Lasting) -> None:
        super().__init__(_front(settings, lasting), lasting.readiness)
        self._lasting = lasting

    def take(self, settings: Settings) -> None:
        """Serve new requests by these settings; ``settings.changes`` knows which may differ."""
        _follow(settings, self._lasting.pool)
        _let_in(settings, self._lasting)
        self._lasting.state.keep_for(_lifetime(settings))
        self.replace(_front(settings, self._lasting))


def create_app(settings: Settings, desk: Desk | None = None) -> App:
    """The server as an ASGI application.

    Makes the home folder and the owner's key if they do not exist; opens no connection and starts
    no task before its lifespan does.

    Args:
        settings: All of them.
        desk: Where the sign-in is, of several processes that share a port.

    Raises:
        ApiError: The key file holds no usable key.
    """
    desk = desk or Desk()
    local_key = load_or_create(settings.data_dir)
    http, shared = _http(settings), _shared(settings)
    backend = _backend(settings, http)
    models = LiveModels(backend)
    store = shared.accounts if shared else TokenFiles(settings.data_dir, glance=_GLANCE)
    oauth = _oauth(settings, http)
    keeper = TokenKeeper(store, oauth, now=time.time)
    pool = AccountPool(store, keeper, now=time.time)
    _follow(settings, pool)
    sign_in = SignIn(store, oauth, now=time.time, ports=settings.oauth.callback_ports)
    state = _state(settings, shared)
    house = _house(pool, models)
    callers = Callers(anyone=_anyone(settings, house))
    background = Background(given_up_in(state.stores))
    invitations = Invitations(time.time, desk.secret)
    readiness = Readiness(_ready(pool, shared), time.monotonic)
    lasting = _Lasting(
        local_key=local_key,
        http=http,
        backend=backend,
        models=models,
        keeper=keeper,
        pool=pool,
        lookout=Lookout(pool, BackendUsage(backend), now=time.time),
        sign_in=sign_in,
        shared=shared,
        state=state,
        background=background,
        invitations=invitations,
        reasoning=ReasoningMemory(),
        readiness=readiness,
        wrong_keys=WrongKeys(time.monotonic),
        house=house,
        callers=callers,
        keys=KeyRing(state.keys_if_any, callers, house),
        desk=desk,
    )
    _let_in(settings, lasting)
    return App(settings, lasting)


def _front(settings: Settings, lasting: _Lasting) -> Front:
    """The door by these settings, in front of what lasts."""
    pool, backend, models = lasting.pool, lasting.backend, lasting.models
    sign_in, state, background = lasting.sign_in, lasting.state, lasting.background
    relay = Relay(pool, _upstream(settings, backend, models), now=time.time)
    options, errand_options = _options(settings), _errand_options(settings)
    shelf = _shelf(settings, state, options)
    attachments = Attachments(state.stores, options.max_body)
    hot = _hot_routes(relay, options, shelf, attachments, lasting)
    responses = hot[RESPONSES.path]
    passage = _passage(settings, pool, backend)
    routers = [
        invitation_router(lasting.invitations, _sign_in_page(sign_in)),
        health_router(lasting.local_key, lasting.readiness),
        models_router(VisibleModels(pool, models).catalog),
        *_errand_routers(settings, pool, backend, models, responses.understanding, attachments),
        native_router(passage, errand_options),
        files_router(_file_options(settings, state)),
        keys_router(state.keys, lasting.keys.refresh, time.time),
        auth_router(sign_in, pool, local_browser=settings.server.on_loopback),
        *remembering_routers(shelf, background, attachments, options.keepalive),
        ledger_router(state.ledger, list_price, time.time),
    ]
    return Front(
        _guards(settings),
        lasting.callers,
        lasting.invitations,
        {**hot, **native_routes(passage, errand_options)},
        with_desk(cold_app(routers, lasting.lifespan), lasting.desk),
        sockets={RESPONSES.path: ResponsesSocket(responses, _socket_limits(settings))},
        lists=frozenset({CHAT.path}),
        wrong_keys=lasting.wrong_keys,
        is_over=lasting.readiness.is_over,
        record=state.record,
    )


def _follow(settings: Settings, pool: AccountPool) -> None:
    accounts = settings.accounts
    pinned = accounts.pinned if accounts.strategy == "pinned" else None
    pool.follow(strategy_named(accounts.strategy, accounts.order), pinned)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):  # a bug in it ends with a traceback, not in silence
        await task


def _shelf(settings: Settings, state: State, options: EndpointOptions) -> Shelf:
    stores = state.stores if settings.store.responses_ttl_days else nothing_kept
    return Shelf(
        stores, options.max_body, options.new_id, options.now, strict=settings.codex.strict
    )


def _hot_routes(
    relay: Relay,
    options: EndpointOptions,
    shelf: Shelf,
    attachments: Attachments,
    lasting: _Lasting,
) -> dict[str, DialectEndpoint[Any]]:
    routes = partial(
        hot_routes,
        attachments=attachments,
        reasoning=lasting.reasoning,
        record=lasting.state.record,
    )
    if shelf.stores is nothing_kept:
        return routes(forgetful(DIALECTS), relay, options)
    remembering = memories(shelf.stores, options, attachments)
    return routes(DIALECTS, relay, options, remembering, lasting.background)


def _socket_limits(settings: Settings) -> SocketLimits:
    server = settings.server
    return SocketLimits(idle=server.socket_idle_seconds, age=server.socket_seconds)


def _http(settings: Settings) -> Http:
    return Http(
        connect_timeout=settings.backend.connect_timeout_seconds, proxy=settings.backend.proxy
    )


def _backend(settings: Settings, http: Http) -> Backend:
    return Backend(
        http,
        url=settings.backend.url,
        originator=settings.backend.originator,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
    )


def _oauth(settings: Settings, http: Http) -> OAuthClient:
    return OAuthClient(
        lambda: http.session,
        issuer=settings.oauth.issuer,
        client_id=settings.oauth.client_id,
        redirect_uri=settings.oauth.redirect_uri,
        originator=settings.backend.originator,
        now=time.time,
    )


def _upstream(settings: Settings, backend: Backend, models: LiveModels) -> CodexUpstream:
    return CodexUpstream(
        backend,
        models,
        rules=_rules(settings),
        idle_timeout=settings.backend.idle_timeout_seconds,
        shape=_shape(settings),
        note=body_log(settings.logging.enable_request_logging),
    )


def _rules(settings: Settings) -> Rules:
    codex = settings.codex
    # The default of this setting must not outweigh a model's own default; a chosen value does.
    chosen = settings.is_set("codex.defaultReasoningEffort")
    return Rules(
        policy=PromptPolicy(codex.prompt_policy) if codex.mode else PromptPolicy.OFF,
        default_effort=codex.default_reasoning_effort if chosen else None,
        default_verbosity=codex.default_text_verbosity,
        prompt=Prompts(_downloaded_prompts(settings.data_dir)).of,
    )


def _shape(settings: Settings) -> Shape | None:
    return None if settings.codex.shape == "auto" else Shape(settings.codex.shape)


def _passage(settings: Settings, pool: AccountPool, backend: Backend) -> Passage:
    ferry = NativeFerry(backend, idle_timeout=settings.backend.idle_timeout_seconds)
    return Passage(pool, ferry, now=time.time)


def _downloaded_prompts(data_dir: Path) -> dict[str, str]:
    """Official prompts that the owner has fetched (``codex2api prompts update``), by slug."""
    folder = data_dir / "prompts"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}


def _guards(settings: Settings) -> Guards:
    server = settings.server
    return Guards(
        hosts=frozenset(host_name(host) for host in (*server.allowed_hosts, server.host)),
        origins=frozenset(server.allowed_origins),
        any_address=not server.on_loopback,
    )


def _house(pool: AccountPool, models: LiveModels) -> House:
    """What the meters of all keys share."""

    def windows(label: str) -> Sequence[Window]:
        return pool.limits(label).windows

    books = Books()
    return House(books, Plan(windows, books, time.time), models.slug, time.time)


def _anyone(settings: Settings, house: House) -> Caller | None:
    if settings.server.auth != "none":
        return None
    return known_key(house, b"", Caller("anyone")).caller


def _let_in(settings: Settings, lasting: _Lasting) -> None:
    """Open the door to the keys of the settings, beside those that were created."""
    house = lasting.house
    house.plan.reserve = settings.accounts.reserve_percent
    keys = [known_key(house, digest(lasting.local_key), Caller("owner", admin=True))]
    for number, key in enumerate(settings.server.api_keys, 1):
        secret = key.get_secret_value()
        caller = Caller(f"key-{number}", id=fingerprint(secret))
        keys.append(known_key(house, digest(secret), caller))
    lasting.callers.open_to(keys)


def _options(settings: Settings) -> EndpointOptions:
    return EndpointOptions(
        max_body=settings.server.max_body_bytes,
        keepalive=settings.codex.keepalive_seconds,
        strict=settings.codex.strict,
        reasoning=ReasoningStyle(settings.codex.reasoning_style),
        max_choices=settings.codex.max_choices,
        note=body_log(settings.logging.enable_request_logging),
    )


def _errand_routers(
    settings: Settings,
    pool: AccountPool,
    backend: Backend,
    models: LiveModels,
    understanding: Understanding[CreateResponse],
    attachments: Attachments,
) -> list[APIRouter]:
    options, patience = _errand_options(settings), settings.backend.idle_timeout_seconds
    compactor = CodexCompactor(
        backend, models, rules=_rules(settings), patience=patience, shape=_shape(settings)
    )
    compactions = Errands(pool, compactor, now=time.time)
    errands = Errands(pool, CodexCourier(backend, patience=patience), now=time.time)
    return [
        compaction_router(compactions, understanding, options),
        images_router(errands, attachments, options),
        audio_router(errands, options),
    ]


def _errand_options(settings: Settings) -> ErrandOptions:
    return ErrandOptions(max_body=settings.server.max_body_bytes, strict=settings.codex.strict)


def _shared(settings: Settings) -> "SharedStore | None":
    """The database of all replicas, if there is one."""
    if settings.store.url is None:
        return None
    from codex2api.store.shared import SharedStore  # noqa: PLC0415 (large; few have replicas)

    keys = [key.get_secret_value() for key in settings.store.secret_key]
    return SharedStore(settings.store.url, keys)


def _ready(pool: AccountPool, shared: "SharedStore | None") -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        return (shared is None or shared.takes_writes()) and await pool.can_serve()

    return is_ready


def _state(settings: Settings, shared: "SharedStore | None") -> State:
    return State(
        settings.database,
        _lifetime(settings),
        time.time,
        settings.ledger.retention_days,
        shared.database if shared else None,
    )


def _lifetime(settings: Settings) -> int:
    return settings.store.responses_ttl_days * 86_400


def _file_options(settings: Settings, state: State) -> FileOptions:
    return FileOptions(
        stores=state.stores,
        max_file=settings.store.max_file_bytes,
        new_id=new_id,
        now=time.time,
        strict=settings.codex.strict,
    )


def _sign_in_page(sign_in: SignIn) -> Callable[[], Awaitable[str]]:
    async def page() -> str:
        return (await sign_in.start(open_browser=False)).authorization_url

    return page
