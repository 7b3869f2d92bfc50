"""What viewers hear: everything once, in order, or that they have missed something."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.ledger.calls import a_call
from tests.store.opened import opened

from codex2api.api.board.cards import AccountCard
from codex2api.api.board.feed import Feed, News
from codex2api.errors import ApiError, Kind
from codex2api.ledger.ports import LedgerStore
from codex2api.store.opened import OpenState

SOON = 0.005
LONG = 30.0


def card(state: str = "active") -> AccountCard:
    return AccountCard(
        account="default",
        kind="codex",
        limits_reported=True,
        account_id="id",
        plan=None,
        state=state,
        reason=None,
        until=None,
        token_expires_at=None,
        credits=None,
        windows=[],
    )


@dataclass
class House:
    """A ledger and accounts, both of which may fail."""

    state: OpenState
    cards: list[AccountCard] = field(default_factory=lambda: [card()])
    failing: bool = False
    looks: int = 0

    async def ledger(self) -> LedgerStore:
        self.looks += 1
        if self.failing:
            raise ApiError(Kind.STORAGE_UNAVAILABLE, "Away.")
        return self.state.ledger

    async def accounts(self) -> list[AccountCard]:
        return self.cards

    async def add(self, *names: str) -> None:
        await self.state.ledger.add([a_call(request_id=name) for name in names])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as state:
        yield House(state)


def names(news: News) -> list[str]:
    return [kept.call.request_id for kept in news.calls]


async def heard(feed: Feed, place: object, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        found += names(await feed.next(place, LONG))  # type: ignore[arg-type]
    return found


async def test_everybody_hears_everything_once_and_in_order(house: House) -> None:
    await house.add("old")
    feed = Feed(house.ledger, house.accounts, every=SOON)
    one, other = await feed.enter(), await feed.enter()
    await house.add("a", "b")
    await house.add("c")
    assert await heard(feed, one, 3) == ["a", "b", "c"]
    assert await heard(feed, other, 3) == ["a", "b", "c"]
    feed.leave()
    feed.leave()


async def test_nobody_looks_while_there_is_no_viewer(house: House) -> None:
    feed = Feed(house.ledger, house.accounts, every=SOON)
    await feed.enter()
    feed.leave()
    looks = house.looks
    await asyncio.sleep(20 * SOON)
    assert house.looks == looks


async def test_accounts_are_told_at_first_and_when_they_change(house: House) -> None:
    feed = Feed(house.ledger, house.accounts, every=SOON)
    place = await feed.enter()
    assert (await feed.next(place, LONG)).accounts == [card()]
    assert await feed.next(place, SOON) == News([])
    house.cards = [card("limited")]
    assert (await feed.next(place, LONG)).accounts == [card("limited")]
    feed.leave()


async def test_who_comes_back_hears_what_came_meanwhile(house: House) -> None:
    await house.add("a", "b", "c")
    feed = Feed(house.ledger, house.accounts, every=SOON)
    await feed.enter()
    assert names(await feed.since(1)) == ["b", "c"]
    assert names(await feed.since(3)) == []
    assert names(await feed.since(0)) == ["a", "b", "c"]
    feed.leave()


@pytest.mark.parametrize("number", [4, 10**17])
async def test_a_number_of_another_ledger_is_a_gap(house: House, number: int) -> None:
    await house.add("a", "b", "c")
    feed = Feed(house.ledger, house.accounts, every=SOON)
    await feed.enter()
    assert (await feed.since(number)).missed
    feed.leave()


async def test_who_was_away_for_too_long_begins_anew(house: House) -> None:
    await house.add(*(f"req_{number}" for number in range(300)))
    feed = Feed(house.ledger, house.accounts, every=SOON)
    await feed.enter()
    assert (await feed.since(1)).missed
    assert len((await feed.since(100)).calls) == 200
    feed.leave()


async def test_who_reads_too_slowly_begins_anew_and_holds_nobody_up(house: House) -> None:
    feed = Feed(house.ledger, house.accounts, every=SOON)
    slow, quick = await feed.enter(), await feed.enter()
    for part in range(3):
        await house.add(*(f"req_{part}_{number}" for number in range(100)))
        assert len(await heard(feed, quick, 100)) == 100
    news = await feed.next(slow, LONG)
    assert (news.missed, names(news)) == (True, [])
    await house.add("next")
    assert await heard(feed, slow, 1) == ["next"]
    feed.leave()
    feed.leave()


async def test_a_ledger_that_fails_holds_up_nothing_else(house: House) -> None:
    house.failing = True
    feed = Feed(house.ledger, house.accounts, every=SOON)
    place = await feed.enter()
    assert (await feed.next(place, LONG)).accounts == [card()]
    assert (await feed.since(1)).missed
    await house.add("early")  # nothing is known of before: it is where the feed begins
    house.failing = False
    while feed.newest == 0:  # noqa: ASYNC110 (nobody tells of what is no news)
        await asyncio.sleep(SOON)
    await house.add("late")
    assert await heard(feed, place, 1) == ["late"]
    feed.leave()


class LateLedger:
    """A ledger in which a smaller number shows after a greater one, as of two replicas."""

    def __init__(self, state: OpenState) -> None:
        self._state = state
        self.hidden: set[str] = set()

    async def calls(self, wanted: object, limit: int) -> Sequence[object]:
        found = await self._state.ledger.calls(wanted, limit)  # type: ignore[arg-type]
        return [kept for kept in found if kept.call.request_id not in self.hidden]


async def test_a_call_whose_number_comes_late_is_heard_all_the_same(house: House) -> None:
    late = LateLedger(house.state)

    async def ledger() -> LedgerStore:
        return late  # type: ignore[return-value]

    feed = Feed(ledger, house.accounts, every=SOON)
    place = await feed.enter()
    late.hidden = {"a"}
    await house.add("a", "b")
    assert await heard(feed, place, 1) == ["b"]
    late.hidden = set()
    assert await heard(feed, place, 1) == ["a"]
    feed.leave()
