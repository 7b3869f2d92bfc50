"""Have one of the accounts serve a call: whichever is able, before anything reaches the caller."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from codex2api.accounts.account import Credential
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.errors import ApiError, Kind

ServedT = TypeVar("ServedT")

Permit: TypeAlias = Callable[[str], None]
"""Raises an ``ApiError`` where a caller may not use the account of a label."""

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
    serve: Callable[[Lease], Awaitable[ServedT]],
    *,
    affinity: str | None = None,
    only: str | None = None,
    permit: Permit | None = None,
) -> tuple[ServedT, Lease]:
    """Try the accounts one after the other until one has served.

    Args:
        pool: Lends them.
        serve: One account's try.
        affinity: What should keep meeting the same account.
        only: Label of the only account that may serve, or ``None`` for any.
        permit: What the caller is allowed of each account; ``None`` for everything.

    Returns:
        What was served, and the lease, which the receiver gives back to the pool.

    Raises:
        ApiError: Nobody could serve; it is what the last account said.
    """
    refused: set[str] = set()
    refusal: ApiError | None = None
    while True:
        try:
            lease = await pool.lend(affinity, refused, only)
        except ApiError as error:
            raise refusal or error from None
        denied = None if permit is None else _denied(permit, lease.label)
        if denied is not None:  # which says nothing about the account: the pool learns nothing
            pool.take_back(lease)
            refused.add(lease.label)
            refusal = denied
            continue
        served = None
        try:
            served = await serve(lease)
        except ApiError as error:
            pool.learn(lease, error)
            if error.kind not in _ANOTHER_MAY_SERVE:
                raise
            refused.add(lease.label)
            refusal = error
        else:
            return served, lease
        finally:
            if served is None:
                pool.take_back(lease)


def _denied(permit: Permit, label: str) -> ApiError | None:
    try:
        permit(label)
    except ApiError as error:
        return error
    return None


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
