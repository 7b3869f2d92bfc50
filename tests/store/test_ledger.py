"""The ledger in the database: listed, added up, forgotten."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from codex2api.ledger.calls import CallRecord, StatusRange, Wanted
from codex2api.ledger.reports import LONG_INPUT, By, Tokens
from codex2api.store.tables import CALLS
from tests.accounts.fakes import ManualClock
from tests.ledger.calls import AT, DAY, HOUR, a_call, refused
from tests.store.opened import NOW, Opening

EVERYTHING = Wanted()


async def test_what_is_added_is_there_after_a_restart(tmp_path: Path, opened: Opening) -> None:
    calls = [a_call(), refused(key=None, key_name=None, client=None), a_call(estimated=True)]
    async with opened(tmp_path) as state:
        await state.ledger.add(calls)
    async with opened(tmp_path) as state:
        found = await state.ledger.calls(EVERYTHING, 10)
    assert [kept.call for kept in found] == list(reversed(calls))
    assert [kept.number for kept in found] == [3, 2, 1]


async def test_pages_go_on_and_news_are_told_apart(tmp_path: Path, opened: Opening) -> None:
    async with opened(tmp_path) as state:
        await state.ledger.add([a_call(request_id=f"req_{number}") for number in range(5)])
        first = await state.ledger.calls(EVERYTHING, 2)
        rest = await state.ledger.calls(Wanted(before=first[-1].number), 10)
        await state.ledger.add([a_call(request_id="req_new")])
        news = await state.ledger.calls(Wanted(after=first[0].number), 10)
    names = [[kept.call.request_id for kept in part] for part in (first, rest, news)]
    assert names == [["req_4", "req_3"], ["req_2", "req_1", "req_0"], ["req_new"]]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(status=StatusRange(400, 499)), "limited bad"),
        (Wanted(status=StatusRange(429, 429)), "limited"),
        (Wanted(status="error"), "broken limited bad"),
        (Wanted(model="gpt-5.5"), "broken early good"),
        (Wanted(model="gpt-5.5-high"), "broken limited bad early good"),
        (Wanted(key="key-2"), "limited"),
        (Wanted(key="ben"), "limited"),
        (Wanted(account="work"), "broken"),
        (Wanted(since=AT), "broken limited bad good"),
        (Wanted(until=AT), "early"),
        (Wanted(status="error", account="default"), ""),
    ],
)
async def test_some_are_wanted(tmp_path: Path, wanted: Wanted, names: str, opened: Opening) -> None:
    calls = [
        a_call(request_id="good"),
        a_call(request_id="early", at=AT - 1),
        refused(request_id="bad", status=400, error="invalid_value"),
        refused(request_id="limited", key="key-2", key_name="ben"),
        a_call(request_id="broken", error="upstream_unavailable", account="work"),
    ]
    async with opened(tmp_path) as state:
        await state.ledger.add(calls)
        found = await state.ledger.calls(wanted, 10)
    assert " ".join(kept.call.request_id for kept in found) == names


async def requests(
    opened: Opening, folder: Path, calls: Sequence[CallRecord], by: By | None, east: int = 0
) -> dict[str, int]:
    """How many requests each group has, whatever else they are sorted by."""
    async with opened(folder) as state:
        await state.ledger.add(calls)
        found: dict[str, int] = {}
        for one in await state.ledger.sums(EVERYTHING, by, east):
            found[one.group] = found.get(one.group, 0) + one.requests
    return found


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("model", {"gpt-5.5": 2, "": 1}),
        ("key", {"key-1": 2, "key-2": 1}),
        ("account", {"default": 2, "": 1}),
        ("day", {"2027-01-15": 2, "2027-01-16": 1}),
        (None, {"total": 3}),
    ],
)
async def test_groups(
    tmp_path: Path, by: By | None, groups: dict[str, int], opened: Opening
) -> None:
    calls = [a_call(), a_call(at=AT + DAY), refused(key="key-2", key_name="ben")]
    assert await requests(opened, tmp_path, calls, by) == groups


@pytest.mark.parametrize(
    ("east", "day"), [(0, "2027-01-15"), (-9 * 60, "2027-01-14"), (16 * 60, "2027-01-16")]
)
async def test_days_are_the_readers(tmp_path: Path, east: int, day: str, opened: Opening) -> None:
    assert await requests(opened, tmp_path, [a_call()], "day", east) == {day: 1}


async def test_sums(tmp_path: Path, opened: Opening) -> None:
    calls = [
        a_call(),
        a_call(cached_tokens=0),
        a_call(input_tokens=None, cached_tokens=None, output_tokens=None, reasoning_tokens=None),
        a_call(error="upstream_unavailable"),
        refused(model="gpt-5.5"),
    ]
    async with opened(tmp_path) as state:
        await state.ledger.add(calls)
        (one,) = await state.ledger.sums(EVERYTHING, "key", 0)
    assert (one.group, one.name, one.model, one.day) == ("key-1", "ci", "gpt-5.5", AT // DAY)
    assert (one.requests, one.errors, one.told, one.untold) == (5, 2, 3, 1)
    assert one.tokens == Tokens(3000, 800, 300, 90)


async def test_calls_of_another_price_are_added_up_apart(tmp_path: Path, opened: Opening) -> None:
    calls = [
        a_call(input_tokens=LONG_INPUT),
        a_call(input_tokens=LONG_INPUT + 1),
        a_call(model="gpt-5.1"),
        a_call(at=AT + DAY),
    ]
    async with opened(tmp_path) as state:
        await state.ledger.add(calls)
        sums = await state.ledger.sums(EVERYTHING, "key", 0)
    assert sorted(one.tokens.input for one in sums) == [1000, 1000, LONG_INPUT, LONG_INPUT + 1]


@pytest.mark.parametrize(
    ("times", "median"),
    [([7], 7), ([1, 100], 50.5), ([5, 1, 900], 5), ([4, 1, 2, 3], 2.5), ([3, 3, 3, 3, 1], 3)],
)
async def test_medians(tmp_path: Path, times: list[int], median: float, opened: Opening) -> None:
    calls = [a_call(first_ms=time) for time in times]
    others = [refused(), a_call(key="key-2", first_ms=1_000_000)]
    async with opened(tmp_path) as state:
        await state.ledger.add([*calls, *others])
        found = await state.ledger.first_tokens(EVERYTHING, "key", 0)
    assert {key: each.median for key, each in found.items()} == {
        "key-1": median,
        "key-2": 1_000_000,
    }


@pytest.mark.parametrize(
    ("times", "p95"), [([7], 7), ([1, 100], 100), (list(range(1, 101)), 95), ([1] * 39 + [9], 1)]
)
async def test_the_slow_ones(tmp_path: Path, times: list[int], p95: float, opened: Opening) -> None:
    async with opened(tmp_path) as state:
        await state.ledger.add([a_call(first_ms=time) for time in times])
        found = await state.ledger.first_tokens(EVERYTHING, None, 0)
    assert found["total"].p95 == p95


@pytest.mark.parametrize(
    ("east", "hour"), [(0, "2027-01-15T08:00:00Z"), (330, "2027-01-15T07:30:00Z")]
)
async def test_hours_are_full_where_the_reader_is(
    tmp_path: Path, east: int, hour: str, opened: Opening
) -> None:
    assert await requests(opened, tmp_path, [a_call()], "hour", east) == {hour: 1}


async def test_records_are_forgotten_after_their_days(tmp_path: Path, opened: Opening) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock) as state:
        await state.ledger.add([a_call(request_id=f"req_{number}") for number in range(450)])
        clock.at += 89 * 86_400
        await state.ledger.add([a_call(request_id="young", at=round(clock.at * 1000))])
        assert await state.forget_expired() == 0
        clock.at += 2 * 86_400
        assert await state.forget_expired() == 450
        (left,) = await state.ledger.calls(EVERYTHING, 10)
    assert left.call.request_id == "young"


async def test_who_wants_no_ledger_forgets_what_was_in_it(tmp_path: Path, opened: Opening) -> None:
    async with opened(tmp_path) as state:
        await state.ledger.add([a_call(at=AT - HOUR)])
    async with opened(tmp_path, ledger_days=0) as state:
        assert await state.forget_expired() == 1


async def test_numbers_are_never_used_again(tmp_path: Path, opened: Opening) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock, ledger_days=1) as state:
        await state.ledger.add([a_call()])
        clock.at += 3 * 86_400
        await state.forget_expired()
        await state.ledger.add([a_call()])
        (left,) = await state.ledger.calls(EVERYTHING, 10)
    assert left.number == 2, "or somebody who follows the ledger would miss it"


def test_a_record_is_laid_out_as_its_table_is() -> None:
    assert CallRecord.__struct_fields__ == tuple(CALLS.c.keys()[1:])
