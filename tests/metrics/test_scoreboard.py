"""Several processes show each other what they have counted."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from codex2api.metrics.catalogue import PREFIX
from codex2api.metrics.reading import AccountNow, Snapshot, WindowNow, together
from codex2api.metrics.scoreboard import Place, Scoreboard, Take
from codex2api.metrics.values import values_of
from tests.metrics.test_tally import ROUTE, a_call, counted


def telling(snapshot: Snapshot) -> Take:
    async def take() -> Snapshot:
        return snapshot

    return take


def worker(calls: int, pid: int | None = None) -> Snapshot:
    snapshot = counted(*(a_call() for _ in range(calls)))
    snapshot.pids = (pid or os.getpid(),)
    snapshot.sums = {("failovers_total",): calls}
    snapshot.levels = {("open_streams",): calls}
    return snapshot


def requests(snapshot: Snapshot) -> float:
    return values_of(snapshot)[f"{PREFIX}requests_total"][ROUTE, "2xx", "yes"]


def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


async def test_a_scrape_of_any_worker_tells_the_sum(tmp_path: Path) -> None:
    boards = [
        Scoreboard(telling(worker(calls)), Place(tmp_path, number))
        for number, calls in enumerate((1, 2, 4))
    ]
    for number, board in enumerate(boards):
        await board.show(Place(tmp_path, number))
    for board in boards:
        whole = await board.whole()
        assert requests(whole) == 7
        assert whole.sums == {("failovers_total",): 7}
        assert whole.levels == {("open_streams",): 7}
        assert values_of(whole)[f"{PREFIX}workers"] == {(): 3}


async def test_who_takes_a_place_goes_on_from_there(tmp_path: Path) -> None:
    place = Place(tmp_path, 0)
    await Scoreboard(telling(worker(5)), place).show(place)
    successor = Scoreboard(telling(worker(1)), place)
    assert requests(await successor.whole()) == 6
    assert (await successor.whole()).levels == {("open_streams",): 1}
    await successor.show(place)
    third = Scoreboard(telling(worker(1)), place)
    assert requests(await third.whole()) == 7


async def test_of_one_who_has_ended_what_was_counted_remains(tmp_path: Path) -> None:
    dead = Place(tmp_path, 1)
    await Scoreboard(telling(worker(5, gone())), dead).show(dead)
    whole = await Scoreboard(telling(worker(1)), Place(tmp_path, 0)).whole()
    assert requests(whole) == 6
    assert whole.levels == {("open_streams",): 1}
    assert values_of(whole)[f"{PREFIX}workers"] == {(): 1}


async def test_a_broken_file_costs_its_counts_and_no_scrape(tmp_path: Path) -> None:
    Place(tmp_path, 1).file.write_bytes(b"\xc1 nonsense")
    with structlog.testing.capture_logs() as log:
        whole = await Scoreboard(telling(worker(1)), Place(tmp_path, 0)).whole()
    assert requests(whole) == 1
    assert [line["event"] for line in log] == ["metrics.not_read"]


async def test_a_folder_that_is_gone_is_told_once_for_the_same_news(tmp_path: Path) -> None:
    place = Place(tmp_path / "gone", 0)
    board = Scoreboard(telling(worker(1)), place)
    with structlog.testing.capture_logs() as log:
        await board.show(place)
        await board.show(place)
    assert [line["event"] for line in log] == ["metrics.not_shown"]
    assert requests(await board.whole()) == 1


async def test_it_shows_what_is_new_until_it_is_stopped(tmp_path: Path) -> None:
    place, snapshot = Place(tmp_path, 0), worker(1)
    task = asyncio.create_task(Scoreboard(telling(snapshot), place, pause=0.001).run())
    reader = Scoreboard(telling(Snapshot(models=snapshot.models)), Place(tmp_path, 1))
    while not place.file.exists():  # noqa: ASYNC110 (a file has no event)
        await asyncio.sleep(0.001)
    snapshot.sums = {("failovers_total",): 40}
    while (await reader.whole()).sums != {("failovers_total",): 40}:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_process_that_is_alone_has_nothing_to_show() -> None:
    board = Scoreboard(telling(worker(3)))
    await board.run()
    assert requests(await board.whole()) == 3


@pytest.mark.parametrize("state", ["paused", "limited", "consent_required", "sign_in_required"])
def test_of_an_account_in_two_states_the_one_that_serves_nobody_counts(state: str) -> None:
    told = [Snapshot(accounts=(AccountNow("a", each),)) for each in (state, "active")]
    for order in (told, told[::-1], [told[0], told[0]]):
        assert together(order).accounts == (AccountNow("a", state),)


def test_of_an_account_the_newest_window_and_the_worst_state_count() -> None:
    old, new = (WindowNow("codex", "5h", used, None, at) for used, at in ((0.9, 1.0), (0.1, 2.0)))
    one = Snapshot(accounts=(AccountNow("a", "limited", (old,)), AccountNow("b", "active")))
    other = Snapshot(accounts=(AccountNow("a", "active", (new,)),))
    for order in ([one, other], [other, one]):
        assert together(order).accounts == (
            AccountNow("a", "limited", (new,)),
            AccountNow("b", "active"),
        )
