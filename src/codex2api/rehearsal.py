"""Say what would be sent, and for which account, without sending it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from codex2api.accounts.account import Credential
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.accounts.serving import Permit, serve_with_any
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest


class Stage(Protocol):
    """The codex backend, as a rehearsal needs it."""

    def rehearse(
        self, request: ResponsesRequest, credential: Credential, /
    ) -> Awaitable[Rehearsed]:
        """The call as it would be made.

        Raises:
            ApiError: It makes no sense for this account.
        """


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Chooses an account as ``Relay`` does, and gives it back unused.

    As before every call, a token that ends soon is refreshed and a list of models that is not known
    is fetched; no model is asked. The conversation has the account from now on.

    Attributes:
        pool: Lends accounts.
        upstream: Knows what a call looks like.
    """

    pool: AccountPool
    upstream: Stage

    async def __call__(
        self, request: ResponsesRequest, account: str | None, permit: Permit | None
    ) -> tuple[str, Rehearsed]:
        """The label of the account that would serve, and the call.

        Args:
            request: What the caller wants.
            account: Label of the only account that may serve, or ``None`` for any.
            permit: What the caller is allowed of each account; ``None`` for everything.

        Raises:
            ApiError: Nobody could serve it.
        """
        rehearsed, lease = await serve_with_any(
            self.pool,
            partial(self._rehearse, request),
            conversation=request,
            only=account,
            permit=permit,
        )
        self.pool.take_back(lease)
        return lease.label, rehearsed

    async def _rehearse(self, request: ResponsesRequest, lease: Lease) -> Rehearsed:
        return await self.upstream.rehearse(request, lease.credential)
