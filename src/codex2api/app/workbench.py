"""What the pages ask that help to use the server: models, clients, checks, the first sign-in."""

import asyncio
import time

from fastapi import APIRouter

from codex2api.accounts.account import AccountKind
from codex2api.accounts.ports import AccountStore
from codex2api.api.board.connect import connect_router
from codex2api.api.board.doctor import doctor_router
from codex2api.api.board.models import models_board_router
from codex2api.api.board.notice import Choosing, notice_router
from codex2api.api.visible import VisibleModels
from codex2api.app.examining import examining
from codex2api.app.lasting import Lasting
from codex2api.connect import Listening
from codex2api.prices import list_price
from codex2api.settings import Settings
from codex2api.store.signin_notes import SignInNotes


def workbench_routers(settings: Settings, lasting: Lasting) -> list[APIRouter]:
    """The routes, by the settings of the moment."""
    server = settings.server
    listening = Listening(server.host, server.port, server.on_loopback, server.allowed_hosts)
    catalog = VisibleModels(lasting.pool, lasting.models).catalog
    return [
        models_board_router(catalog, list_price, time.time),
        connect_router(listening, key_wanted=server.auth != "none"),
        doctor_router(examining(settings, lasting)),
        notice_router(_choosing(settings, lasting.accounts)),
    ]


def _choosing(settings: Settings, accounts: AccountStore) -> Choosing:
    notes = SignInNotes(settings.data_dir)

    async def choice() -> AccountKind | None:
        # As codex2api login has it: as set, as chosen, as the first account.
        named = settings.oauth.kind
        kept = await asyncio.to_thread(notes.kind) if named == "ask" else named
        if kept in tuple(AccountKind):
            return AccountKind(kept)
        known = await accounts.accounts()
        return known[0].kind if known else None

    async def choose(kind: AccountKind) -> None:
        await asyncio.to_thread(notes.choose, kind.value)

    return Choosing(choice, choose)
