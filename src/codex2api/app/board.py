"""What the dashboard's pages ask, put together."""

import platform
import time
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter

from codex2api.accounts.account import Account
from codex2api.api.board.accounts import AccountDesk, TokenImport, accounts_router
from codex2api.api.board.live import live_router
from codex2api.api.board.overview import overview_router
from codex2api.api.board.server import Reached, ServerFacts, Setting, server_router
from codex2api.api.health import Readiness
from codex2api.app.lasting import Lasting
from codex2api.auth.login import SignIn
from codex2api.auth.started import ImportedTokens
from codex2api.errors import ApiError
from codex2api.prices import list_price
from codex2api.settings import SECRET_KEYS, Settings
from codex2api.store.foreign import foreign_tokens
from codex2api.upstream.backend import Backend

_PATIENCE = 10.0
"""Seconds that a look at the backend may take."""


def board_routers(settings: Settings, lasting: Lasting) -> list[APIRouter]:
    """The routes of the pages' data, by the settings of the moment."""
    ledger, readiness = lasting.state.ledger, lasting.readiness
    adopt = partial(_adopt, lasting.sign_in)
    desk = AccountDesk(lasting.pool, lasting.usage, lasting.accounts, adopt, time.time)
    return [
        overview_router(lasting.feed.accounts, ledger, list_price, time.time),
        accounts_router(desk),
        live_router(lasting.feed, lambda: readiness.closing),
        server_router(_facts(settings, lasting)),
    ]


def _facts(settings: Settings, lasting: Lasting) -> ServerFacts:
    return ServerFacts(
        python=platform.python_version(),
        started=lasting.started,
        database="PostgreSQL" if settings.store.url else "SQLite",
        now=time.time,
        status=partial(_status, lasting.readiness),
        ledger=lasting.state.ledger,
        settings=partial(_settings, settings),
        reach=partial(_reached, lasting.backend, settings.backend.url),
    )


async def _status(readiness: Readiness) -> str:
    """As the health route says it; but no load balancer asks here."""
    if readiness.closing:
        return "draining"
    return "ok" if await readiness.can_serve() else "not_ready"


async def _adopt(sign_in: SignIn, wish: TokenImport) -> tuple[Account, bool]:
    found = foreign_tokens("This file", wish.content.encode("utf-8", "surrogatepass"))
    tokens = ImportedTokens(
        access_token=found.access_token,
        refresh_token=found.refresh_token,
        id_token=found.id_token,
        account_id=found.account_id,
        expires_at=found.expires_at,
    )
    account = await sign_in.adopt(tokens, wish.account, replace=wish.replace)
    return account, found.shared


def _settings(settings: Settings) -> Sequence[Setting]:
    values = settings.model_dump(mode="json", by_alias=True)
    return [
        Setting(key, "(hidden)" if key in SECRET_KEYS and value else value, settings.origin(key))
        for section, fields in values.items()
        for name, value in fields.items()
        for key in (f"{section}.{name}",)
    ]


async def _reached(backend: Backend, url: str) -> Reached:
    began = time.perf_counter()
    try:
        await backend.knock(url, _PATIENCE)
    except ApiError as error:
        return Reached(url, None, error.message)
    return Reached(url, round((time.perf_counter() - began) * 1000), None)
