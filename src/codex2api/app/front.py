"""The door by the settings of the moment, and all that stands behind it for one request."""

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from codex2api import __version__
from codex2api.accounts.account import AccountKind
from codex2api.accounts.pool import AccountPool
from codex2api.api.about import about_router
from codex2api.api.auth import auth_router
from codex2api.api.cold import cold_app
from codex2api.api.compaction import compaction_router
from codex2api.api.desk import with_desk
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.errand_options import ErrandOptions
from codex2api.api.etiquette import Etiquette
from codex2api.api.exchange import new_id
from codex2api.api.explaining import explained
from codex2api.api.front import Front
from codex2api.api.guards import Guards, host_name
from codex2api.api.health import health_router
from codex2api.api.invitation import invitation_router
from codex2api.api.keys import keys_router
from codex2api.api.ledger import ledger_router
from codex2api.api.media.attachments import Attachments
from codex2api.api.media.audio import audio_router
from codex2api.api.media.files import FileOptions, files_router
from codex2api.api.media.images import images_router
from codex2api.api.messages import count_tokens_router
from codex2api.api.metering import cache_router, metering
from codex2api.api.metrics import metrics_router
from codex2api.api.models import models_router
from codex2api.api.native import native_router, native_routes
from codex2api.api.reference import reference_router
from codex2api.api.router import (
    DIALECTS,
    dialects_with,
    forgetful,
    hot_routes,
    memories,
    remembering_routers,
)
from codex2api.api.socket.websocket import ResponsesSocket, SocketLimits
from codex2api.api.state.shelf import Shelf, nothing_kept
from codex2api.api.understanding import Understanding
from codex2api.api.visible import VisibleModels
from codex2api.app.lasting import Lasting
from codex2api.app.official import usual_kind
from codex2api.auth.login import SignIn
from codex2api.catalog.prompts import Prompts
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.renaming import Renaming
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errands import Errands
from codex2api.logs import body_log
from codex2api.passage import Passage
from codex2api.prices import list_price
from codex2api.rehearsal import Rehearsal
from codex2api.relay import Opener, Relay, Upstream
from codex2api.settings import Settings
from codex2api.store.state import State
from codex2api.upstream.backend import Backend
from codex2api.upstream.by_kind import CourierByKind, FerryByKind, UpstreamByKind
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.compactor import CodexCompactor
from codex2api.upstream.courier import CodexCourier
from codex2api.upstream.models import LiveModels
from codex2api.upstream.native import NativeFerry
from codex2api.upstream.official.client import OfficialUpstream
from codex2api.upstream.prepare import PromptPolicy, Rules
from codex2api.upstream.shapes import Shape


def build_front(settings: Settings, lasting: Lasting) -> Front:
    """The door by these settings, in front of what lasts."""
    pool, backend, models = lasting.pool, lasting.backend, lasting.models
    state, background = lasting.state, lasting.background
    upstreams = _upstreams(settings, lasting)
    relay = _relay(upstreams, lasting)
    options, errand_options = _options(settings, lasting), _errand_options(settings)
    shelf = _shelf(settings, state, options)
    attachments = Attachments(state.stores, options.max_body)
    rename = _renaming(settings, models)
    hot = _hot_routes(relay, options, shelf, attachments, lasting, dialects_with(rename))
    hot = explained(hot, Rehearsal(pool, upstreams), lasting.reasoning)
    responses = hot[RESPONSES.path]
    passage = _passage(settings, pool, backend)
    routers = [
        models_router(VisibleModels(pool, models).catalog, rename),
        count_tokens_router(hot[MESSAGES.path].understanding, errand_options),
        *_errand_routers(settings, pool, backend, models, responses.understanding, attachments),
        native_router(passage, errand_options),
        files_router(_file_options(settings, state)),
        *remembering_routers(shelf, background, attachments, options.keepalive),
        *_routers_for_owners(settings, lasting),
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
        record=lasting.watching.record,
        etiquette=Etiquette(DIALECTS),
        traffic=lasting.watching.traffic,
        lobby=lasting.dashboard.lobby(),
    )


def _routers_for_owners(settings: Settings, lasting: Lasting) -> list[APIRouter]:
    """Who is signed in, how the server stands, what it did; and the pages that show it."""
    sign_in, state = lasting.sign_in, lasting.state
    return [
        invitation_router(lasting.invitations, _sign_in_page(settings, sign_in)),
        health_router(lasting.local_key, lasting.readiness),
        about_router(__version__, lasting.started),
        auth_router(
            sign_in,
            lasting.pool,
            usual=partial(usual_kind, settings),
            local_browser=settings.server.on_loopback,
        ),
        keys_router(state.keys, lasting.keys.refresh, time.time),
        ledger_router(state.ledger, list_price, time.time),
        cache_router(lasting.cache_meter, on=settings.codex.cache_meter),
        metrics_router(lasting.watching.scoreboard.whole),
        reference_router(),
        *lasting.board.routers(settings),
        *lasting.workbench.routers(settings),
        lasting.dashboard.router(),
    ]


def _renaming(settings: Settings, models: LiveModels) -> Renaming:
    return Renaming(tuple(settings.messages.models.items()), models.offers)


def _shelf(settings: Settings, state: State, options: EndpointOptions) -> Shelf:
    stores = state.stores if settings.store.responses_ttl_days else nothing_kept
    return Shelf(
        stores, options.max_body, options.new_id, options.now, strict=settings.codex.strict
    )


def _relay(upstream: Upstream, lasting: Lasting) -> Opener:
    tracing = lasting.watching.tracing
    if tracing is None:
        return Relay(lasting.pool, upstream, now=time.time)
    return tracing.opener(Relay(lasting.pool, tracing.upstream(upstream), now=time.time))


def _hot_routes(
    relay: Opener,
    options: EndpointOptions,
    shelf: Shelf,
    attachments: Attachments,
    lasting: Lasting,
    dialects: Sequence[Dialect[Any]],
) -> dict[str, DialectEndpoint[Any]]:
    routes = partial(
        hot_routes,
        attachments=attachments,
        reasoning=lasting.reasoning,
        record=lasting.watching.record,
    )
    if shelf.stores is nothing_kept:
        return routes(forgetful(dialects), relay, options)
    remembering = memories(shelf.stores, options, attachments)
    return routes(dialects, relay, options, remembering, lasting.background)


def _socket_limits(settings: Settings) -> SocketLimits:
    server = settings.server
    return SocketLimits(idle=server.socket_idle_seconds, age=server.socket_seconds)


def _upstreams(settings: Settings, lasting: Lasting) -> UpstreamByKind:
    return UpstreamByKind(
        {
            AccountKind.CODEX: _upstream(settings, lasting.backend, lasting.models),
            AccountKind.OFFICIAL: OfficialUpstream(
                lasting.official,
                lasting.models,
                rules=_rules(settings),
                idle_timeout=settings.backend.idle_timeout_seconds,
                note=body_log(settings.logging.enable_request_logging),
            ),
        }
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
    return Passage(pool, FerryByKind({AccountKind.CODEX: ferry}), now=time.time)


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


def _options(settings: Settings, lasting: Lasting) -> EndpointOptions:
    return EndpointOptions(
        max_body=settings.server.max_body_bytes,
        keepalive=settings.codex.keepalive_seconds,
        strict=settings.codex.strict,
        reasoning=ReasoningStyle(settings.codex.reasoning_style),
        max_choices=settings.codex.max_choices,
        note=body_log(settings.logging.enable_request_logging),
        metering=metering(lasting.cache_meter, time.time) if settings.codex.cache_meter else None,
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
    courier = CodexCourier(backend, patience=patience)
    compactions = Errands(pool, CourierByKind({AccountKind.CODEX: compactor}), now=time.time)
    errands = Errands(pool, CourierByKind({AccountKind.CODEX: courier}), now=time.time)
    return [
        compaction_router(compactions, understanding, options),
        images_router(errands, attachments, options),
        audio_router(errands, options),
    ]


def _errand_options(settings: Settings) -> ErrandOptions:
    return ErrandOptions(max_body=settings.server.max_body_bytes, strict=settings.codex.strict)


def _file_options(settings: Settings, state: State) -> FileOptions:
    return FileOptions(
        stores=state.stores,
        max_file=settings.store.max_file_bytes,
        new_id=new_id,
        now=time.time,
        strict=settings.codex.strict,
    )


def _sign_in_page(settings: Settings, sign_in: SignIn) -> Callable[[], Awaitable[str]]:
    async def page() -> str:
        kind = usual_kind(settings)
        return (await sign_in.start(kind=kind, open_browser=False)).authorization_url

    return page
