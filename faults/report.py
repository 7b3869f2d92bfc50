"""Plays rows, each within its time, and tells how they went."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from faults.checks import Failed, NotHere
from faults.stage import House, Row

SURVIVED, FAILED, ABSENT = "survived", "FAILED", "not here"

AT_ONCE = 6
"""Rows side by side: enough to overlap their waits on two cores."""


@dataclass(frozen=True)
class Outcome:
    """How one row went."""

    number: int
    fault: str
    verdict: str
    seen: str
    ms: int

    def line(self) -> str:
        """For a person."""
        return f"{self.number:>3}  {self.verdict:<8}  {self.ms:>6} ms  {self.fault}: {self.seen}"

    def fields(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


async def play_all(house: House, rows: Sequence[Row]) -> AsyncIterator[Outcome]:
    """Outcomes as they come: first of the rows that can be side by side, then of the others."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> Outcome:
        async with turn:
            return await play(house, row)

    together = [asyncio.create_task(one(row)) for row in rows if not row.alone]
    for task in asyncio.as_completed(together):
        yield await task
    for row in rows:
        if row.alone:
            yield await play(house, row)


async def play(house: House, row: Row) -> Outcome:
    """One row."""
    began = time.monotonic()
    verdict, seen = await _played(house, row)
    took = round((time.monotonic() - began) * 1000)
    return Outcome(row.number, row.fault, verdict, seen, took)


async def _played(house: House, row: Row) -> tuple[str, str]:
    if row.play is None:
        return ABSENT, f"played by {row.elsewhere}"
    limit = asyncio.timeout(row.limit)
    try:
        async with limit:
            return SURVIVED, await row.play(house.stage(row.number))
    except NotHere as reason:
        return ABSENT, str(reason)
    except Failed as failure:
        return FAILED, str(failure)
    except Exception as error:  # noqa: BLE001 (whatever a row meets is its outcome)
        if limit.expired():
            return FAILED, f"not over after {row.limit:g} s"
        return FAILED, f"{type(error).__name__}: {error} ({_where(error)})"


def _where(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "rows" in frame[0]]
    return f"line {frames[-1].lineno} of {frames[-1].name}" if frames else "outside of the rows"


def totals(outcomes: Sequence[Outcome], house: House) -> list[str]:
    """The last lines."""
    by = {
        verdict: sum(outcome.verdict == verdict for outcome in outcomes)
        for verdict in (SURVIVED, FAILED, ABSENT)
    }
    lost = ", ".join(str(each.number) for each in outcomes if each.verdict == FAILED)
    tally = house.tally
    tried = by[SURVIVED] + by[FAILED]
    return [
        f"{by[SURVIVED]} of {tried} rows survived, {by[ABSENT]} not here, {len(outcomes)} in all",
        *([f"failed: {lost}"] if lost else []),
        f"{tally.inputs} bad inputs, {len(tally.server_errors)} of them answered 5xx",
        f"{tally.replies} answers searched for secrets",
    ]
