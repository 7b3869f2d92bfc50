"""The calls behind one answer, one for each of its choices."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from codex2api.protocol.bounds import Shortener
from codex2api.protocol.events import Batch
from codex2api.relay import Call

Opening: TypeAlias = AbstractAsyncContextManager[Call]


class Listener(Protocol):
    """Who wants to hear an answer."""

    async def begin(self, calls: list[Call], /) -> None:
        """All calls that are made at once are accepted; awaited once, before any event."""

    async def hear(self, choice: int, batch: Batch, /) -> None:
        """The next events of one choice, at least one."""


async def carry(
    openings: Sequence[Opening],
    shorteners: Sequence[Shortener] | None,
    listener: Listener,
    at_once: int,
) -> None:
    """Open every call, several at once, and pass their events on until all have ended.

    Args:
        openings: One for each choice.
        shorteners: What cuts each of them; ``None`` where nothing is to be cut.
        listener: Hears them.
        at_once: How many calls may be under way; further ones wait for their turn.

    Raises:
        ApiError: The first call that failed; the others are broken off.
    """
    if len(openings) == 1:
        async with openings[0] as call:
            await listener.begin([call])
            await _pass_on(0, call, shorteners, listener)
        return
    calls: list[Call] = []
    begun, turn = asyncio.Event(), asyncio.Semaphore(at_once)

    async def one(choice: int, opening: Opening) -> None:
        async with turn, opening as call:
            calls.append(call)
            if len(calls) == min(len(openings), at_once):
                await listener.begin(calls)
                begun.set()
            await begun.wait()
            await _pass_on(choice, call, shorteners, listener)

    try:
        async with asyncio.TaskGroup() as group:
            for choice, opening in enumerate(openings):
                group.create_task(one(choice, opening))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _pass_on(
    choice: int, call: Call, shorteners: Sequence[Shortener] | None, listener: Listener
) -> None:
    if shorteners is None:
        async for batch in call.batches:
            await listener.hear(choice, batch)
        return
    short = shorteners[choice]
    async for batch in call.batches:
        if left := short.feed(batch):
            await listener.hear(choice, left)
        if short.reached:
            return  # leaving the call before its end closes the upstream
