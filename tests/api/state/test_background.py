"""The log of a background response's events, and who may begin one."""

import asyncio

import pytest

from codex2api.api.state.background import Background, EventLog
from codex2api.errors import ApiError

EVENTS = [b"event: a\ndata: 0\n\n", b"event: a\ndata: 1\n\n", b"event: b\ndata: 2\n\n"]


async def heard(log: EventLog, after: int = -1) -> list[bytes]:
    return [data async for data in log.follow(after)]


async def test_followers_hear_what_was_and_what_comes() -> None:
    log = EventLog()
    await log.write(b"".join(EVENTS[:2]))
    followers = [asyncio.create_task(heard(log, after)) for after in (-1, 0, 1, 5)]
    await asyncio.sleep(0)
    await log.write(EVENTS[2])
    log.end()
    first, second, third, beyond = [b"".join(await follower) for follower in followers]
    assert first == b"".join(EVENTS)
    assert second == b"".join(EVENTS[1:])
    assert (third, beyond) == (EVENTS[2], b"")
    assert log.next_number == 3


async def test_a_log_is_stored_and_played_again() -> None:
    log = EventLog()
    await log.write(EVENTS[0])
    again = EventLog.unpacked(log.packed(b"".join(EVENTS[1:])))
    assert b"".join(await heard(again, 0)) == b"".join(EVENTS[1:])


async def test_a_log_that_lost_its_beginning_goes_on_from_a_number() -> None:
    log = EventLog(first=7)
    await log.write(EVENTS[0])
    log.end()
    assert log.next_number == 8
    assert await heard(log, 6) == [EVENTS[0]]


async def test_closing_ends_what_is_under_way() -> None:
    background, log = Background(), EventLog()
    background.start("resp_1", log, asyncio.sleep(3600))
    assert background.log("resp_1") is log
    await background.close()
    assert await heard(log) == []
    assert background.log("resp_1") is None


async def test_there_is_no_room_for_too_many() -> None:
    background = Background()
    for number in range(256):
        background.require_room()
        background.start(f"resp_{number}", EventLog(), asyncio.sleep(3600))
    with pytest.raises(ApiError, match="256 responses"):
        background.require_room()
    await background.close()
    background.require_room()
