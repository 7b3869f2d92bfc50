"""What lending an account costs, by how many accounts there are: ``python -m bench.accounts``."""

import asyncio
import time
from collections.abc import Sequence

from codex2api.accounts.account import Account, TokenSet
from codex2api.accounts.conversation import Conversation, Named
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.policy import strategy_named
from codex2api.accounts.pool import AccountPool
from codex2api.errors import ApiError, Kind

CALLS = 20_000


class Store:
    """Accounts in memory; the parts of the port that lending needs."""

    def __init__(self, count: int) -> None:
        ends = time.time() + 86_400
        self._accounts = tuple(
            Account(f"a{number}", f"id-{number}", TokenSet("access", "refresh", ends))
            for number in range(count)
        )

    async def accounts(self) -> Sequence[Account]:
        return self._accounts


def pool_of(count: int, strategy: str) -> AccountPool:
    store = Store(count)
    keeper = TokenKeeper(store, None, now=time.time)  # type: ignore[arg-type]
    pool = AccountPool(
        store,  # type: ignore[arg-type]
        keeper,
        now=time.time,
        strategy=strategy_named(strategy),
    )
    now = time.time()
    for number in range(count):
        windows = (Window(300, number % 90, now + 9000, now), Window(10_080, 40, now + 3e5, now))
        pool.learn_limits(f"a{number}", RateLimits(windows))
    return pool


async def lend(pool: AccountPool, conversations: Sequence[Conversation | None]) -> float:
    """CPU microseconds for one call."""
    begun = time.process_time()
    for conversation in conversations:
        pool.take_back(await pool.lend(conversation))
    return (time.process_time() - begun) / len(conversations) * 1e6


async def tire(pool: AccountPool, count: int, share: float) -> None:
    """Have a share of the accounts rest."""
    for number in range(int(count * share)):
        lease = await pool.lend(only=f"a{number}")
        pool.learn(lease, ApiError(Kind.LIMIT_REACHED, "full", retry_after=3600))
        pool.take_back(lease)


async def row(strategy: str, count: int, resting: float = 0.0) -> str:
    pool = pool_of(count, strategy)
    begun = time.process_time()
    await pool.lend(Named("first"))
    first = (time.process_time() - begun) * 1e3
    await tire(pool, count, resting)
    fresh = [Named(f"talk-{number}", under_way=False) for number in range(CALLS)]
    times = [
        await lend(pool, fresh),
        await lend(pool, [Named(f"talk-{number}", under_way=True) for number in range(CALLS)]),
        await lend(pool, [Named(f"unknown-{number}", under_way=True) for number in range(CALLS)]),
        await lend(pool, [None] * CALLS),
    ]
    figures = "".join(f"{each:>12.1f}" for each in times)
    return f"{strategy:<12}{count:>7}{resting:>8.0%}{figures}{first:>12.1f}"


async def main() -> None:
    print("CPU microseconds a call; the last column: CPU milliseconds of the very first call")
    heads = ("new", "known", "unknown", "none", "first (ms)")
    print(f"{'strategy':<12}{'count':>7}{'resting':>8}" + "".join(f"{head:>12}" for head in heads))
    for strategy in ("balanced", "fill-first", "round-robin"):
        for count in (1, 2, 10, 100, 10_000):
            print(await row(strategy, count))
        print(await row(strategy, 10_000, 0.5))
    print(await row("balanced", 10_000, 0.99))


asyncio.run(main())
