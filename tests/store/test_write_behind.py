"""Records on their way into the ledger, while the database is well and while it is not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from structlog.testing import capture_logs

from codex2api.errors import ApiError, Kind
from codex2api.ledger.calls import CallRecord
from codex2api.store.write_behind import WriteBehind
from tests.ledger.calls import a_call

FULL = ApiError(Kind.INTERNAL, "The disk is full.", code="storage_failed")


@dataclass
class Book:
    """A ledger that only takes records; it fails as often as it is told."""

    failures: list[Exception] = field(default_factory=list)
    batches: list[list[CallRecord]] = field(default_factory=list)
    opened: int = 0
    tried: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.free.set()

    async def open(self) -> Any:
        self.opened += 1
        return self

    async def add(self, calls: Sequence[CallRecord]) -> None:
        self.tried += 1
        await self.free.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append(list(calls))

    @property
    def written(self) -> list[str]:
        return [call.request_id for batch in self.batches for call in batch]


def record(ledger: WriteBehind, numbers: range) -> list[str]:
    names = [f"req_{number}" for number in numbers]
    for name in names:
        ledger.record(a_call(request_id=name))
    return names


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.001)


def events(logs: Sequence[Any]) -> list[str]:
    return [entry["event"] for entry in logs]


async def test_nothing_is_opened_before_there_is_something_to_write() -> None:
    book = Book()
    ledger = WriteBehind(book.open, pause=3600)
    assert (ledger._writing, book.opened) == (None, 0)
    record(ledger, range(1))
    await asyncio.sleep(0)
    assert book.opened == 0
    await ledger.close()
    assert (book.written, book.opened) == (["req_0"], 1)


async def test_records_are_written_together_a_little_later() -> None:
    book = Book()
    ledger = WriteBehind(book.open, pause=0.01)
    names = record(ledger, range(3))
    await until(lambda: bool(book.batches))
    assert [len(batch) for batch in book.batches] == [3]
    more = record(ledger, range(3, 5))
    await until(lambda: len(book.batches) == 2)
    assert book.written == names + more
    await until(lambda: ledger._writing is None)  # nothing wakes an idle server
    await ledger.close()


async def test_many_are_written_at_once() -> None:
    book = Book()
    ledger = WriteBehind(book.open, pause=3600)
    record(ledger, range(10))
    await asyncio.sleep(0)
    names = record(ledger, range(10, 600))
    await until(lambda: len(book.written) == 600)
    assert [len(batch) for batch in book.batches] == [256, 256, 88]
    assert book.written[10:] == names
    await ledger.close()


async def test_a_database_that_fails_is_tried_again() -> None:
    book = Book([FULL, OSError("No such device."), FULL])
    ledger = WriteBehind(book.open, pause=0.001)
    with capture_logs() as logs:
        names = record(ledger, range(300))
        await until(lambda: len(book.written) == 300)
        await ledger.close()
    assert book.written == names
    assert events(logs) == ["ledger.not_written"]


async def test_what_does_not_fit_is_lost_the_oldest_first_and_told_once() -> None:
    book = Book([FULL, FULL])
    ledger = WriteBehind(book.open, most=100, pause=0.001)
    with capture_logs() as logs:
        book.free.clear()
        record(ledger, range(50))
        await until(lambda: book.tried == 1)
        names = record(ledger, range(50, 250))
        assert len(ledger._waiting) == 100
        book.free.set()
        await until(lambda: len(book.written) == 100)
        await ledger.close()
    assert book.written == names[-100:]
    assert events(logs) == ["ledger.losing", "ledger.not_written", "ledger.lost"]
    assert logs[-1]["records"] == 150


async def test_the_end_writes_what_is_there() -> None:
    book = Book()
    ledger = WriteBehind(book.open, pause=3600)
    names = record(ledger, range(1000))
    await ledger.close()
    assert book.written == names


async def test_the_end_does_not_wait_for_a_database_that_is_broken() -> None:
    book = Book([FULL] * 1000)
    ledger = WriteBehind(book.open, pause=3600)
    with capture_logs() as logs:
        record(ledger, range(1000))
        await ledger.close()
    assert book.tried == 1
    assert events(logs) == ["ledger.not_written", "ledger.losing", "ledger.lost"]
    assert logs[-1]["records"] == 1000


async def test_the_end_waits_for_what_is_being_written() -> None:
    book = Book()
    book.free.clear()
    ledger = WriteBehind(book.open, pause=0.001)
    names = record(ledger, range(3))
    await until(lambda: book.tried == 1)
    names += record(ledger, range(3, 5))
    asyncio.get_running_loop().call_later(0.05, book.free.set)
    await ledger.close()
    assert book.written == names


async def test_a_bug_costs_some_records_and_no_later_ones() -> None:
    book = Book([KeyError("a bug")])
    ledger = WriteBehind(book.open, pause=0.001)
    with capture_logs() as logs:
        record(ledger, range(3))
        await until(lambda: book.tried == 1 and ledger._writing is None)
        names = record(ledger, range(3, 6))
        await until(lambda: bool(book.batches))
        await ledger.close()
    assert book.written == names
    assert events(logs) == ["ledger.bug"]


async def test_what_is_logged_belongs_to_no_request() -> None:
    book = Book([FULL])
    ledger = WriteBehind(book.open, pause=0.001)
    structlog.contextvars.bind_contextvars(request_id="req_7")
    try:
        with capture_logs([structlog.contextvars.merge_contextvars]) as logs:
            record(ledger, range(1))
            await until(lambda: book.written == ["req_0"])
            await ledger.close()
    finally:
        structlog.contextvars.clear_contextvars()
    assert events(logs) == ["ledger.not_written"]
    assert "request_id" not in logs[0]


async def test_a_server_without_callers_ends_at_once() -> None:
    book = Book()
    await WriteBehind(book.open).close()
    assert book.opened == 0
