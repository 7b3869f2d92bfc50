"""``/admin/api/accounts``: how the accounts stand, and what their owner does about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from codex2api.accounts.account import Account
from codex2api.accounts.lookout import UsageDesk
from codex2api.accounts.pool import AccountPool, nobody
from codex2api.accounts.ports import PauseStore
from codex2api.accounts.serving import renewing_once
from codex2api.api.auth import Label
from codex2api.api.board.cards import AccountCard, cards
from codex2api.api.packed import packed
from codex2api.errors import ApiError, Kind


class AccountChange(BaseModel):
    """What is to be otherwise."""

    model_config = ConfigDict(extra="forbid")

    paused: bool


class TokenImport(BaseModel):
    """A sign-in that another program keeps.

    Attributes:
        content: Of ``auth.json`` of Codex or ChatMock, or of a ``tokens.json``.
        account: The label that the account will have here.
        replace: Let another ChatGPT account take the label over.
    """

    model_config = ConfigDict(extra="forbid")

    content: Annotated[str, Field(max_length=1_000_000, repr=False)]
    account: Label = "default"
    replace: bool = False


class Imported(BaseModel):
    """An account whose sign-in was taken over.

    Attributes:
        shared: Whether another program goes on using the same single-use refresh token.
    """

    account: str
    plan: str | None
    shared: bool


Adopt = Callable[[TokenImport], Awaitable[tuple[Account, bool]]]
"""Takes a sign-in over; tells as well whether it is shared."""


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """What the routes need.

    Attributes:
        usage: Who can be asked for limits outright.
        pauses: Where it is kept that an account is paused.
        adopt: Takes a sign-in over.
        now: Unix seconds.
    """

    pool: AccountPool
    usage: UsageDesk
    pauses: PauseStore
    adopt: Adopt
    now: Callable[[], float]

    async def refresh(self, label: str) -> None:
        """Ask for an account's limits now, also if it rests or is paused.

        Raises:
            ApiError: There is no such account, or it was not told.
        """
        lease = await self.pool.inspect(label)
        try:
            limits = await renewing_once(lease, self.usage.usage)
        except ApiError as error:
            if error.kind is Kind.SIGN_IN_REQUIRED:
                self.pool.learn(lease, error)
            raise
        self.pool.learn_limits(label, limits)

    async def card(self, label: str) -> AccountCard:
        """One account.

        Raises:
            ApiError: There is no such account.
        """
        for card in cards(await self.pool.overview(), self.now()):
            if card.account == label:
                return card
        raise nobody(label)


def accounts_router(desk: AccountDesk) -> APIRouter:
    """The routes; ``Front`` lets the owner alone in."""
    router = APIRouter(prefix="/admin/api/accounts", tags=["Admin"])

    @router.get("")
    async def list_accounts(request: Request) -> Response:
        """All accounts, with their limits."""
        return packed(
            request, {"now": desk.now(), "accounts": cards(await desk.pool.overview(), desk.now())}
        )

    @router.get("/addresses")
    async def list_addresses(request: Request) -> Response:
        """The accounts' e-mail addresses by account id, for a page that shows them."""
        known = await desk.pool.overview()
        return packed(request, {state.account_id: state.email for state in known if state.email})

    @router.post("/import")
    async def import_account(wish: TokenImport) -> Imported:
        """Take over the sign-in of another program."""
        account, shared = await desk.adopt(wish)
        return Imported(account=account.label, plan=account.plan, shared=shared)

    @router.post("/{label}/refresh")
    async def refresh_account(request: Request, label: str) -> Response:
        """Ask ChatGPT for an account's limits now."""
        await desk.refresh(label)
        return packed(request, await desk.card(label))

    @router.patch("/{label}")
    async def change_account(request: Request, label: str, change: AccountChange) -> Response:
        """Pause an account, or have it serve again."""
        await desk.pauses.pause(label, change.paused)
        return packed(request, await desk.card(label))

    return router
