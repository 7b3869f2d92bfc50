"""All routes but the hot ones. This module is imported when the first of them is asked for."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter
from starlette.types import ASGIApp

from codex2api import __version__
from codex2api.accounts.account import AccountKind
from codex2api.api.about import about_router
from codex2api.api.auth import auth_router
from codex2api.api.cache import cache_router
from codex2api.api.cold import cold_app
from codex2api.api.compaction import compaction_router
from codex2api.api.exchange import new_id
from codex2api.api.health_routes import health_router
from codex2api.api.keys import keys_router
from codex2api.api.ledger import ledger_router
from codex2api.api.media.audio import audio_router
from codex2api.api.media.files import FileOptions, files_router
from codex2api.api.media.images import images_router
from codex2api.api.messages import count_tokens_router
from codex2api.api.metrics import metrics_router
from codex2api.api.models import models_router
from codex2api.api.native_reading import native_router
from codex2api.api.reference import reference_router
from codex2api.api.sign_in_link import invitation_router
from codex2api.api.state.routers import remembering_routers
from codex2api.api.state.shelf import Shelf
from codex2api.api.understanding import Understanding
from codex2api.api.visible import VisibleModels
from codex2api.app.board import board_routers
from codex2api.app.lasting import Lasting
from codex2api.app.official import usual_kind
from codex2api.app.shared import Shared, errand_options, rules, shape
from codex2api.app.workbench import workbench_routers
from codex2api.auth.login import SignIn
from codex2api.dashboard.router import dashboard_router
from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errands import Errands
from codex2api.prices import list_price
from codex2api.settings import Settings
from codex2api.store.state import State
from codex2api.upstream.by_kind import CourierByKind
from codex2api.upstream.compactor import CodexCompactor
from codex2api.upstream.courier import CodexCourier


def build_cold(settings: Settings, lasting: Lasting, shared: Shared) -> ASGIApp:
    """The application by these settings, behind the door that has what is shared."""
    errands, options = errand_options(settings), shared.options
    shelf = Shelf(
        shared.stores, options.max_body, options.new_id, options.now, strict=settings.codex.strict
    )
    return cold_app(
        [
            models_router(VisibleModels(lasting.pool, lasting.models).catalog, shared.rename),
            count_tokens_router(shared.hot[MESSAGES.path].understanding, errands),
            *_errand_routers(settings, lasting, shared),
            native_router(shared.passage, errands),
            files_router(_file_options(settings, lasting.state)),
            *remembering_routers(shelf, lasting.background, shared.attachments, options.keepalive),
            *_routers_for_owners(settings, lasting),
        ]
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
        *board_routers(settings, lasting),
        *workbench_routers(settings, lasting),
        dashboard_router(lasting.dashboard.sessions, lasting.dashboard.assets),
    ]


def _errand_routers(settings: Settings, lasting: Lasting, shared: Shared) -> list[APIRouter]:
    pool, backend, models = lasting.pool, lasting.backend, lasting.models
    understanding: Understanding[CreateResponse] = shared.hot[RESPONSES.path].understanding
    options, patience = errand_options(settings), settings.backend.idle_timeout_seconds
    compactor = CodexCompactor(
        backend, models, rules=rules(settings), patience=patience, shape=shape(settings)
    )
    courier = CodexCourier(backend, patience=patience)
    compactions = Errands(pool, CourierByKind({AccountKind.CODEX: compactor}), now=time.time)
    errands = Errands(pool, CourierByKind({AccountKind.CODEX: courier}), now=time.time)
    return [
        compaction_router(compactions, understanding, options),
        images_router(errands, shared.attachments, options),
        audio_router(errands, options),
    ]


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
