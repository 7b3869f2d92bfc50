"""What the dashboard's pages ask, put together."""

import time

from fastapi import APIRouter

from codex2api.accounts.pool import AccountPool
from codex2api.api.board.cards import AccountCard, cards
from codex2api.api.board.feed import Feed
from codex2api.api.board.live import live_router
from codex2api.api.board.overview import overview_router
from codex2api.api.health import Readiness
from codex2api.prices import list_price
from codex2api.store.state import State


class Board:
    """The routes of the pages' data; it lasts as long as the process, as its viewers do.

    Args:
        pool: Knows the accounts.
        state: Holds the ledger.
        readiness: Knows whether the server is about to end.
    """

    def __init__(self, pool: AccountPool, state: State, readiness: Readiness) -> None:
        self._pool = pool
        self._state = state
        self._readiness = readiness
        self._feed = Feed(state.ledger, self._cards)

    def routers(self) -> list[APIRouter]:
        """All of them."""
        return [
            overview_router(self._cards, self._state.ledger, list_price, time.time),
            live_router(self._feed, lambda: self._readiness.closing),
        ]

    async def _cards(self) -> list[AccountCard]:
        return cards(await self._pool.overview())
