"""What stands behind the door: made once, for whoever asks, and not before."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codex2api.api.behind import Behind
from codex2api.api.health import Pulse, Readiness
from codex2api.errors import ApiError

ASKED = {"type": "http", "path": "/v1/models"}


class Workshop:
    """Makes an application that notes what it is asked."""

    def __init__(self) -> None:
        self.made = 0
        self.served = 0
        self.opened: list[str] = []
        self.failures: list[Exception] = []
        self.may_end = threading.Event()
        self.may_end.set()

    def load(self) -> Callable[[], ASGIApp]:
        self.may_end.wait(5)
        if self.failures:
            raise self.failures.pop()
        return self.make

    def make(self) -> ASGIApp:
        self.made += 1
        return self.serve

    async def serve(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.served += 1

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        if self.failures:
            raise self.failures.pop()
        self.opened.append("opened")
        yield
        self.opened.append("closed")


async def receive() -> Message:
    return {"type": "lifespan.whatever"}


async def ask(behind: Behind) -> None:
    async def send(_message: Message) -> None:
        pass

    await behind(ASKED, receive, send)


async def live(behind: Behind) -> list[Message]:
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    try:
        await behind({"type": "lifespan"}, receive, send)
    except OSError:
        told.append({"type": "raised"})
    return told


async def test_it_is_made_when_it_is_asked_for_and_once() -> None:
    workshop = Workshop()
    behind = Behind(workshop.load, workshop.lifespan)
    await live(behind)
    assert workshop.made == 0

    await asyncio.gather(*(ask(behind) for _ in range(20)))
    await ask(behind)

    assert (workshop.made, workshop.served) == (1, 21)


@pytest.mark.parametrize("query", [b"", b"challenge=0123456789abcdef"])
async def test_health_is_told_without_it(query: bytes) -> None:
    async def can_serve() -> bool:
        return True

    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    workshop = Workshop()
    behind = Behind(workshop.load, workshop.lifespan)
    pulse = Pulse("sk-local", Readiness(can_serve, lambda: 0.0), behind)
    asked = {"type": "http", "method": "GET", "path": "/health", "query_string": query}
    await pulse(asked, receive, send)
    assert (told[0]["status"], workshop.made) == (200, 0)

    await pulse({**asked, "method": "HEAD"}, receive, send)
    assert workshop.served == 1


async def test_others_wait_on_when_the_first_one_leaves() -> None:
    workshop = Workshop()
    workshop.may_end.clear()
    behind = Behind(workshop.load, workshop.lifespan)
    first, second = asyncio.create_task(ask(behind)), asyncio.create_task(ask(behind))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.wait([first])
    workshop.may_end.set()

    await second

    assert first.cancelled()
    assert (workshop.made, workshop.served) == (1, 1)


async def test_a_failure_is_told_and_the_next_one_may_succeed() -> None:
    workshop = Workshop()
    workshop.failures = [OSError("too many open files")]
    behind = Behind(workshop.load, workshop.lifespan)
    with pytest.raises(OSError, match="too many"):
        await ask(behind)

    await ask(behind)

    assert (workshop.made, workshop.served) == (1, 1)


async def test_an_installation_that_was_changed_is_told() -> None:
    workshop = Workshop()
    workshop.failures = [ImportError("cannot import name 'LABEL'")]
    with pytest.raises(ApiError, match="restart the server"):
        await ask(Behind(workshop.load, workshop.lifespan))


async def test_a_failure_that_nobody_heard_is_not_told_to_the_next_one() -> None:
    workshop = Workshop()
    workshop.failures = [OSError("too many open files")]
    workshop.may_end.clear()
    behind = Behind(workshop.load, workshop.lifespan)
    first = asyncio.create_task(ask(behind))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.wait([first])
    workshop.may_end.set()
    await asyncio.sleep(0.05)
    assert workshop.failures == []

    await ask(behind)

    assert (workshop.made, workshop.served) == (1, 1)


async def test_it_goes_with_the_door_that_it_stood_behind() -> None:
    class Circle:
        def __init__(self) -> None:
            self.me = self

        async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
            pass

    made: list[weakref.ref[Circle]] = []

    def make() -> ASGIApp:
        circle = Circle()
        made.append(weakref.ref(circle))
        return circle

    await ask(Behind(lambda: make, Workshop().lifespan))
    await asyncio.sleep(0)  # what woke this task still holds what it came with
    gc.collect()

    assert [each() for each in made] == [None]


async def test_a_life_is_told_from_start_to_end() -> None:
    workshop = Workshop()

    told = await live(Behind(workshop.load, workshop.lifespan))

    assert [each["type"] for each in told] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert workshop.opened == ["opened", "closed"]


async def test_a_server_that_cannot_begin_says_why() -> None:
    workshop = Workshop()
    workshop.failures = [OSError("no room")]

    failed, raised = await live(Behind(workshop.load, workshop.lifespan))

    assert failed["type"] == "lifespan.startup.failed"
    assert "no room" in failed["message"]
    assert raised["type"] == "raised"
