"""What the parts of the server tell monitoring."""

from collections.abc import Sequence

from codex2api.accounts.account import Account
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.pool import AccountPool
from codex2api.app.metering import Standing, both
from codex2api.errors import ApiError, Kind
from codex2api.ledger.calls import EndedCall
from tests.fakes import NOW, CountingIssuer, MemoryStore
from tests.metrics.test_tally import a_call


class Watched(MemoryStore):
    """Counts how often it is asked, and fails when told to."""

    def __init__(self, *labels: str) -> None:
        super().__init__(*labels)
        self.asked = 0
        self.away = False

    async def accounts(self) -> list[Account]:
        self.asked += 1
        if self.away:
            raise ApiError(Kind.STORAGE_UNAVAILABLE, "It is away.")
        return await super().accounts()


class Moment:
    """A clock and a count that tests set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen = 0


def standing(store: Watched, moment: Moment) -> Standing:
    keeper = TokenKeeper(store, CountingIssuer(), now=lambda: NOW)
    pool = AccountPool(store, keeper, now=lambda: NOW)
    return Standing(pool, lambda: moment.seen, lambda: moment.now)


async def labels(of: Standing) -> Sequence[str]:
    return [account.label for account in await of.accounts()]


async def test_an_idle_server_asks_no_database_every_second() -> None:
    store, moment = Watched("a", "b"), Moment()
    accounts = standing(store, moment)
    for _ in range(14):
        assert await labels(accounts) == ["a", "b"]
        moment.now += 1
    assert store.asked == 1
    moment.now += 1
    await labels(accounts)
    assert store.asked == 2
    moment.seen += 1
    await labels(accounts)
    assert store.asked == 3


async def test_accounts_that_cannot_be_read_are_not_told() -> None:
    store, moment = Watched("a"), Moment()
    accounts = standing(store, moment)
    assert await labels(accounts) == ["a"]
    store.away, moment.seen = True, 1
    assert await labels(accounts) == []
    store.away, moment.seen = False, 2
    assert await labels(accounts) == ["a"]


def test_two_take_a_call_down_and_one_may_be_missing() -> None:
    first: list[EndedCall] = []
    second: list[EndedCall] = []
    call = a_call()
    both(first.append, second.append)(call)
    both(first.append, None)(call)
    assert (first, second) == ([call, call], [call])
