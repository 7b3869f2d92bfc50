"""Have one of the accounts serve a call: whichever is able, before anything reaches the caller."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from codex2api.accounts.account import Credential
from codex2api.accounts.conversation import Conversation
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.errors import ApiError, Kind

ServedT = TypeVar("ServedT")

Permit: TypeAlias = Callable[[str], None]
"""Raises ``RATE_LIMITED``, which teaches the pool nothing, where a label's account is denied."""

_TEACHES = frozenset({Kind.LIMIT_REACHED, Kind.SIGN_IN_REQUIRED, Kind.CONSENT_REQUIRED})
"""Refusals after which an account is not asked again for a while, so that they come to an end."""

_ANOTHER_MAY_SERVE = _TEACHES | {
    Kind.PLAN_LACKS_ACCESS,
    Kind.MODEL_NOT_FOUND,
    Kind.RATE_LIMITED,
    Kind.FOREIGN_REASONING,
    Kind.NOT_SUPPORTED,
}
"""Foreign: compacted history is encrypted for the account that made it; only that one reads it.
Not supported: by this account's kind; one of another kind may do it."""

_MOST_REFUSALS = 16
"""Refusals that teach nothing, after which one call gives up: accounts may be many."""


async def serve_with_any(
    pool: AccountPool,
    serve: Callable[[Lease], Awaitable[ServedT]],
    *,
    conversation: Conversation | None = None,
    only: str | None = None,
    permit: Permit | None = None,
) -> tuple[ServedT, Lease]:
    """Try the accounts one after the other until one has served.

    Args:
        pool: Lends them.
        serve: One account's try.
        conversation: What should keep meeting the same account.
        only: Label of the only account that may serve, or ``None`` for any.
        permit: What the caller is allowed of each account; ``None`` for everything.

    Returns:
        What was served, and the lease, which the receiver gives back to the pool.

    Raises:
        ApiError: Nobody could serve; it is what the last account said, or the one that is back
            first.
    """
    refused: set[str] = set()
    refusal: ApiError | None = None
    vain = 0
    while True:
        try:
            lease = await pool.lend(conversation, refused, only)
        except ApiError as error:
            raise _most_helpful(refusal, error) from None
        served = None
        try:
            if permit is not None:
                permit(lease.label)
            served = await serve(lease)
        except ApiError as error:
            pool.learn(lease, error)
            vain += error.kind not in _TEACHES
            if error.kind not in _ANOTHER_MAY_SERVE or vain == _MOST_REFUSALS:
                raise
            refused.add(lease.label)
            refusal = error
        else:
            return served, lease
        finally:
            if served is None:
                pool.take_back(lease)


def _most_helpful(refusal: ApiError | None, left: ApiError) -> ApiError:
    """What the caller is told: the last refusal, unless somebody rests who may serve sooner.

    Args:
        refusal: What the last account said that was asked.
        left: Why there is none to be asked any more.
    """
    if refusal is None or left.kind is not Kind.LIMIT_REACHED:
        return refusal or left
    if refusal.kind is not Kind.LIMIT_REACHED:
        return left
    soon, later = left.retry_after, refusal.retry_after
    return left if soon is not None and later is not None and soon < later - 1 else refusal


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
