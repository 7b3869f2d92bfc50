"""A caller who leaves ends the work; nothing else does."""

import asyncio

import pytest
from starlette.types import Message

from codex2api.api.disconnect import CallerLeftError, CallerWatch


class Caller:
    """A caller's connection: ``receive`` blocks until they leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}


async def test_leaving_ends_the_work_and_its_cleanup_runs() -> None:
    caller, cleaned = Caller(), []

    async def work() -> None:
        async with CallerWatch(caller.receive):
            try:
                caller.left.set()
                await asyncio.Event().wait()
            finally:
                cleaned.append(True)

    with pytest.raises(CallerLeftError):
        await asyncio.create_task(work())
    assert cleaned == [True]


async def test_a_caller_who_stays_disturbs_nothing() -> None:
    async with CallerWatch(Caller().receive):
        await asyncio.sleep(0)


async def test_a_body_that_nobody_has_read_is_no_farewell() -> None:
    body: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
    caller = Caller()

    async def receive() -> Message:
        return body.pop() if body else await caller.receive()

    async with CallerWatch(receive):
        await asyncio.sleep(0.2)
    assert not body


async def test_cancellation_from_outside_stays_what_it_is() -> None:
    entered = asyncio.Event()

    async def work() -> None:
        async with CallerWatch(Caller().receive):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_inside_goes_on_up() -> None:
    with pytest.raises(KeyError):
        async with CallerWatch(Caller().receive):
            raise KeyError
