"""The door by the settings of the moment, and all that stands before or just behind it."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from codex2api.accounts.account import AccountKind
from codex2api.accounts.pool import AccountPool
from codex2api.api.behind import Behind
from codex2api.api.desk import with_desk
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.etiquette import Etiquette
from codex2api.api.explaining import explained
from codex2api.api.front import Front
from codex2api.api.guards import Guards, host_name
from codex2api.api.health import Pulse
from codex2api.api.hot_routes import DIALECTS, dialects_with, forgetful, hot_routes, memories
from codex2api.api.media.attachments import Attachments
from codex2api.api.metering import metering
from codex2api.api.native import native_routes
from codex2api.api.socket.websocket import ResponsesSocket, SocketLimits
from codex2api.api.state.opening import OpenStores, nothing_kept
from codex2api.app.lasting import Lasting
from codex2api.app.shared import Shared, errand_options, rules, shape
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.messages.renaming import Renaming
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.dialects.responses import RESPONSES
from codex2api.logs import body_log
from codex2api.passage import Passage
from codex2api.rehearsal import Rehearsal
from codex2api.relay import Opener, Relay, Upstream
from codex2api.settings import Settings
from codex2api.store.state import State
from codex2api.upstream.backend import Backend
from codex2api.upstream.by_kind import FerryByKind, UpstreamByKind
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.models import LiveModels
from codex2api.upstream.native import NativeFerry
from codex2api.upstream.official.client import OfficialUpstream


def build_front(settings: Settings, lasting: Lasting) -> Front:
    """The door by these settings, in front of what lasts."""
    pool, backend, models = lasting.pool, lasting.backend, lasting.models
    upstreams = _upstreams(settings, lasting)
    relay = _relay(upstreams, lasting)
    options = _options(settings, lasting)
    attachments = Attachments(lasting.state.stores, options.max_body)
    rename = _renaming(settings, models)
    stores = _stores(settings, lasting.state)
    hot = _hot_routes(relay, options, stores, attachments, lasting, dialects_with(rename))
    hot = explained(hot, Rehearsal(pool, upstreams), lasting.reasoning)
    shared = Shared(options, stores, attachments, rename, hot, _passage(settings, pool, backend))
    return Front(
        _guards(settings),
        lasting.callers,
        lasting.invitations,
        {**hot, **native_routes(shared.passage, errand_options(settings))},
        with_desk(_pulse(settings, lasting, shared), lasting.desk),
        sockets={RESPONSES.path: ResponsesSocket(hot[RESPONSES.path], _socket_limits(settings))},
        lists=frozenset({CHAT.path}),
        wrong_keys=lasting.wrong_keys,
        is_over=lasting.readiness.is_over,
        record=lasting.watching.record,
        etiquette=Etiquette(DIALECTS),
        traffic=lasting.watching.traffic,
        lobby=lasting.dashboard.lobby(),
    )


def _pulse(settings: Settings, lasting: Lasting, shared: Shared) -> Pulse:
    """Health, and behind it all that is not hot."""

    def load() -> Callable[[], ASGIApp]:
        from codex2api.app.cold import build_cold  # noqa: PLC0415 (see Behind)

        return partial(build_cold, settings, lasting, shared)

    behind = Behind(load, lasting.lifespan)
    return Pulse(lasting.local_key, lasting.readiness, behind)


def _renaming(settings: Settings, models: LiveModels) -> Renaming:
    return Renaming(tuple(settings.messages.models.items()), models.offers)


def _stores(settings: Settings, state: State) -> OpenStores:
    return state.stores if settings.store.responses_ttl_days else nothing_kept


def _relay(upstream: Upstream, lasting: Lasting) -> Opener:
    tracing = lasting.watching.tracing
    if tracing is None:
        return Relay(lasting.pool, upstream, now=time.time)
    return tracing.opener(Relay(lasting.pool, tracing.upstream(upstream), now=time.time))


def _hot_routes(
    relay: Opener,
    options: EndpointOptions,
    stores: OpenStores,
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
    if stores is nothing_kept:
        return routes(forgetful(dialects), relay, options)
    remembering = memories(stores, options, attachments)
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
                rules=rules(settings),
                idle_timeout=settings.backend.idle_timeout_seconds,
                note=body_log(settings.logging.enable_request_logging),
            ),
        }
    )


def _upstream(settings: Settings, backend: Backend, models: LiveModels) -> CodexUpstream:
    return CodexUpstream(
        backend,
        models,
        rules=rules(settings),
        idle_timeout=settings.backend.idle_timeout_seconds,
        shape=shape(settings),
        note=body_log(settings.logging.enable_request_logging),
    )


def _passage(settings: Settings, pool: AccountPool, backend: Backend) -> Passage:
    ferry = NativeFerry(backend, idle_timeout=settings.backend.idle_timeout_seconds)
    return Passage(pool, FerryByKind({AccountKind.CODEX: ferry}), now=time.time)


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
