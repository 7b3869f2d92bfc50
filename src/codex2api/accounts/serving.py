"""Have one of the accounts serve a call: whichever is able, before anything reaches the caller."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from codex2api.accounts.account import Credential
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.errors import ApiError, Kind

ServedT = TypeVar("ServedT")

_ANOTHER_MAY_SERVE = frozenset(
    {
        Kind.LIMIT_REACHED,
        Kind.SIGN_IN_REQUIRED,
        Kind.PLAN_LACKS_ACCESS,
        Kind.MODEL_NOT_FOUND,
        Kind.RATE_LIMITED,
    }
)


async def serve_with_any(
    pool: AccountPool,
    serve: Callable[[Lease, AsyncExitStack], Awaitable[ServedT]],
    *,
    affinity: str | None = None,
    only: str | None = None,
) -> tuple[ServedT, AsyncExitStack]:
    """Try the accounts one after the other until one has served.

    Args:
        pool: Lends them.
        serve: One account's try. What it enters into the stack stays open with the lease.
        affinity: What should keep meeting the same account.
        only: Label of the only account that may serve, or ``None`` for any.

    Returns:
        What was served, and the lease with all that was entered: the receiver closes it, and lets
        an ``ApiError`` pass through it, so that the pool learns.

    Raises:
        ApiError: Nobody could serve; it is what the last account said.
    """
    refused: set[str] = set()
    refusal: ApiError | None = None
    while True:
        label = None
        try:
            async with AsyncExitStack() as entered:
                lease = await entered.enter_async_context(pool.lease(affinity, refused, only))
                label = lease.label
                served = await serve(lease, entered)
                return served, entered.pop_all()
        except ApiError as error:
            if label is None:
                raise refusal or error from None
            if error.kind not in _ANOTHER_MAY_SERVE:
                raise
            refused.add(label)
            refusal = error


async def renewing_once(lease: Lease, call: Callable[[Credential], Awaitable[ServedT]]) -> ServedT:
    """Call with the lease's credential, and once more with a renewed one if that was refused.

    Raises:
        ApiError: As ``call`` does; ``SIGN_IN_REQUIRED`` when there is no other credential.
    """
    try:
        return await call(lease.credential)
    except ApiError as error:
        if error.kind is not Kind.SIGN_IN_REQUIRED:
            raise
    return await call(await lease.renew())
