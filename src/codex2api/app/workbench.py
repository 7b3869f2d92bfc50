"""What the pages ask that help to use the server: models, clients, checks, the first sign-in."""

import asyncio
import time
from dataclasses import dataclass

from fastapi import APIRouter

from codex2api.accounts.account import AccountKind
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.lookout import UsageDesk
from codex2api.accounts.pool import AccountPool
from codex2api.accounts.ports import AccountStore
from codex2api.api.board.connect import connect_router
from codex2api.api.board.doctor import doctor_router
from codex2api.api.board.models import models_board_router
from codex2api.api.board.notice import Choosing, notice_router
from codex2api.api.visible import VisibleModels
from codex2api.app.examining import examining
from codex2api.connect import Listening
from codex2api.prices import list_price
from codex2api.settings import Settings
from codex2api.store.signin_notes import SignInNotes
from codex2api.upstream.backend import Backend
from codex2api.upstream.models import LiveModels


@dataclass(frozen=True, slots=True)
class Workbench:
    """The routes.

    Attributes:
        accounts: Where the accounts are kept.
        keeper: Refreshes their tokens.
    """

    accounts: AccountStore
    keeper: TokenKeeper
    usage: UsageDesk
    pool: AccountPool
    models: LiveModels
    backend: Backend

    def routers(self, settings: Settings) -> list[APIRouter]:
        """All of them, by the settings of the moment."""
        server = settings.server
        listening = Listening(server.host, server.port, server.on_loopback, server.allowed_hosts)
        return [
            models_board_router(
                VisibleModels(self.pool, self.models).catalog, list_price, time.time
            ),
            connect_router(listening, key_wanted=server.auth != "none"),
            doctor_router(examining(settings, self)),
            notice_router(self._notes(settings)),
        ]

    def _notes(self, settings: Settings) -> Choosing:
        notes = SignInNotes(settings.data_dir)

        async def choice() -> AccountKind | None:
            # As codex2api login has it: as set, as chosen, as the first account.
            named = settings.oauth.kind
            kept = await asyncio.to_thread(notes.kind) if named == "ask" else named
            if kept in tuple(AccountKind):
                return AccountKind(kept)
            accounts = await self.accounts.accounts()
            return accounts[0].kind if accounts else None

        async def choose(kind: AccountKind) -> None:
            await asyncio.to_thread(notes.choose, kind.value)

        return Choosing(choice, choose)
