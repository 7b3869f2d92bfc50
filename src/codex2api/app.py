"""The composition root: every object of the server is built here, and nowhere else."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI

from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.lookout import Lookout
from codex2api.accounts.policy import strategy_named
from codex2api.accounts.pool import AccountPool
from codex2api.accounts.ports import AccountStore
from codex2api.api.auth import auth_router
from codex2api.api.cold import cold_app
from codex2api.api.compaction import compaction_router
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.errand_options import ErrandOptions
from codex2api.api.exchange import new_id
from codex2api.api.front import Front
from codex2api.api.guards import Guards, host_name
from codex2api.api.health import health_router
from codex2api.api.invitation import Invitations, invitation_router
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
from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.callers import Caller, Callers, KnownKey, fingerprint
from codex2api.catalog.prompts import Prompts
from codex2api.dialects.chat import CHAT
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errands import Errands
from codex2api.logs import body_log
from codex2api.passage import Passage
from codex2api.relay import Relay
from codex2api.settings import Settings
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

log = structlog.get_logger(__name__)

_GLANCE = 0.005
"""Seconds between two looks at the token files, at the most often."""


def create_app(settings: Settings) -> Front:
    """The server as an ASGI application.

    Makes the home folder and the owner's key if they do not exist; opens no connection and starts
    no task before its lifespan does.

    Raises:
        ApiError: The key file holds no usable key.
    """
    local_key = load_or_create(settings.data_dir)
    http = _http(settings)
    backend = _backend(settings, http)
    models = LiveModels(backend)
    store = TokenFiles(settings.data_dir, glance=_GLANCE)
    oauth = _oauth(settings, http)
    keeper = TokenKeeper(store, oauth, now=time.time)
    pool = _pool(settings, store, keeper)
    relay = Relay(pool, _upstream(settings, backend, models), now=time.time)
    sign_in = SignIn(store, oauth, now=time.time, ports=settings.oauth.callback_ports)
    state = _state(settings)
    options, errand_options = _options(settings), _errand_options(settings)
    shelf = _shelf(settings, state, options)
    background = Background(given_up_in(state.stores))
    attachments = Attachments(state.stores, options.max_body)
    invitations = Invitations(time.monotonic)
    hot = _hot_routes(relay, options, shelf, background, attachments)
    responses = hot[RESPONSES.path]
    passage = _passage(settings, pool, backend)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with http:
            await state.start()
            watching = _watch(settings, pool, backend)
            yield
            await _stop(watching)
            await background.close()
            await sign_in.close()
            await models.close()
            await keeper.settle()
            await state.close()

    routers = [
        invitation_router(invitations, _sign_in_page(sign_in)),
        health_router(local_key, pool.can_serve),
        models_router(VisibleModels(pool, models).catalog),
        *_errand_routers(settings, pool, backend, models, responses.understanding, attachments),
        native_router(passage, errand_options),
        files_router(_file_options(settings, state)),
        auth_router(sign_in, pool, local_browser=settings.server.on_loopback),
        *remembering_routers(shelf, background, attachments, options.keepalive),
    ]
    return Front(
        _guards(settings),
        _callers(settings, local_key),
        invitations,
        {**hot, **native_routes(passage, errand_options)},
        cold_app(routers, lifespan),
        sockets={RESPONSES.path: ResponsesSocket(responses, _socket_limits(settings))},
        lists=frozenset({CHAT.path}),
    )


def _pool(settings: Settings, store: AccountStore, keeper: TokenKeeper) -> AccountPool:
    accounts = settings.accounts
    return AccountPool(
        store,
        keeper,
        now=time.time,
        strategy=strategy_named(accounts.strategy, accounts.order),
        pinned=accounts.pinned if accounts.strategy == "pinned" else None,
    )


def _watch(settings: Settings, pool: AccountPool, backend: Backend) -> asyncio.Task[None] | None:
    """Keep an eye on accounts that do not speak; only one strategy compares them."""
    if settings.accounts.strategy != "balanced":
        return None
    lookout = Lookout(pool, BackendUsage(backend), now=time.time)
    watching = asyncio.create_task(lookout.run())
    watching.add_done_callback(_tell_bug)
    return watching


def _tell_bug(task: asyncio.Task[None]) -> None:
    """Nobody waits for a task in the background: what breaks it must not do so in silence."""
    if not task.cancelled():
        log.error("background.bug", exc_info=task.exception())


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])


def _shelf(settings: Settings, state: State, options: EndpointOptions) -> Shelf:
    stores = state.stores if settings.store.responses_ttl_days else nothing_kept
    return Shelf(
        stores, options.max_body, options.new_id, options.now, strict=settings.codex.strict
    )


def _hot_routes(
    relay: Relay,
    options: EndpointOptions,
    shelf: Shelf,
    background: Background,
    attachments: Attachments,
) -> dict[str, DialectEndpoint[Any]]:
    if shelf.stores is nothing_kept:
        return hot_routes(forgetful(DIALECTS), relay, options, attachments=attachments)
    remembering = memories(shelf.stores, options, attachments)
    return hot_routes(DIALECTS, relay, options, remembering, background, attachments)


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


def _callers(settings: Settings, local_key: str) -> Callers:
    keys = [KnownKey.of(local_key, Caller("owner", admin=True))]
    for number, key in enumerate(settings.server.api_keys, 1):
        secret = key.get_secret_value()
        keys.append(KnownKey.of(secret, Caller(f"key-{number}", id=fingerprint(secret))))
    return Callers(keys, anyone=Caller("anyone") if settings.server.auth == "none" else None)


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


def _state(settings: Settings) -> State:
    lifetime = settings.store.responses_ttl_days * 86_400
    return State(settings.data_dir / "codex2api.db", lifetime, time.time)


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
