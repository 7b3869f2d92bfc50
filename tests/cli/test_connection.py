"""What a stranger may send before it is a request: so much, and for so long."""

import asyncio
import json

import pytest

from codex2api.cli.server.http.connection import Connection
from tests.cli.wire import HEAD, LEFT, WHOLE, listening

LARGE = b"x-large: " + b"a" * 70_000 + b"\r\n"


class Hasty(Connection):
    head_seconds = 0.3
    rest_seconds = 0.3


def refusal(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["error"]["message"]


TOO_LARGE = (431, "The request line and headers are larger than 65,536 bytes.")


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD % b"" + LARGE + b"\r\n"],
        [HEAD % b"", LARGE + b"\r\n"],
        [HEAD % b"", *[b"x-%d: " % n + b"a" * 9_000 + b"\r\n" for n in range(8)]],
        [HEAD % (b"a" * 70_000) + b"\r\n"],
        [HEAD % b"" + b"x-endless: " + b"a" * 30_000, b"a" * 30_000, b"a" * 30_000],
        [WHOLE % b"first" + HEAD % b"" + LARGE + b"\r\n"],
    ],
    ids=["one-piece", "one-line", "many-lines", "url", "unfinished", "behind-another"],
)
async def test_a_head_that_is_too_large_is_refused(pieces: list[bytes]) -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(*pieces)
        answer = b"" if b"first" in pieces[0] else refusal(await wire.answer())

        assert answer in (b"", TOO_LARGE)
        assert b"200 OK\r\ncontent-length: 1\r\n" not in await wire.end()


async def test_what_is_just_small_enough_passes_beside_a_large_body() -> None:
    room = 65_536 - len(b"/") - len(b"host: localhost\r\n") - len(b"x: \r\n") - 60
    head = HEAD.replace(b"GET", b"POST") % b"" + b"x: " + b"a" * room
    head += b"\r\ncontent-length: 200000\r\n\r\n"
    async with listening(Connection) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(head + b"b" * 200_000)
            assert await wire.answer() == (200, b"/")


async def test_requests_in_one_piece_are_all_answered() -> None:
    post = HEAD.replace(b"GET", b"POST") % b"big" + b"content-length: 100000\r\n\r\n"
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(post + b"b" * 100_000 + WHOLE % b"one" + HEAD % b"two", b"\r\n")

        assert [await wire.answer() for _ in range(3)] == [
            (200, b"/big"),
            (200, b"/one"),
            (200, b"/two"),
        ]


@pytest.mark.parametrize("opening", [[], [b"\r\n"], [HEAD % b""], [WHOLE % b"first", HEAD % b""]])
async def test_a_head_that_does_not_come_ends_the_connection(opening: list[bytes]) -> None:
    async with listening(Hasty) as dial:
        wire = await dial()
        await wire.send(*opening)
        if len(opening) == 2:
            assert await wire.answer() == (200, b"/first")
        said = await wire.end()

    begun = bool(opening) and opening[-1] != b"\r\n"
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n") == begun
    assert begun or said == b""


async def test_dripping_does_not_help_and_disturbs_nobody() -> None:
    async with listening(Hasty) as dial:
        slow = await dial()
        await slow.send(HEAD % b"")
        heard = asyncio.create_task(slow.answer())
        drips = asyncio.create_task(slow.send(*[b"x-%d: 1\r\n" % n for n in range(100)]))
        other = await dial()
        await other.send(WHOLE % b"other")
        assert await other.answer() == (200, b"/other")
        assert (await heard)[0] == 408
        drips.cancel()
        await asyncio.gather(drips, return_exceptions=True)


async def test_a_further_head_may_wait_for_the_answer_before_it() -> None:
    async with listening(Hasty) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"slow" + HEAD % b"")

        assert await wire.answer() == (200, b"/slow")
        assert (await wire.end()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_was_refused_unread_is_not_awaited_for_ever() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"content-length: 100\r\n\r\n"
    async with listening(Hasty) as dial:
        dripping, silent = await dial(), await dial()
        for wire in (dripping, silent):
            await wire.send(head)
            assert await wire.answer() == (200, b"/deaf")
        await dripping.send(b"a")
        assert await dripping.end() == b""
        assert await silent.end() == b""

        finishing = await dial()
        await finishing.send(head)
        assert await finishing.answer() == (200, b"/deaf")
        await finishing.send(b"a" * 100, WHOLE % b"next")
        assert await finishing.answer() == (200, b"/next")


async def test_who_is_refused_unread_hears_it_though_the_connection_closes() -> None:
    """Closing while bytes come in resets the connection, and takes the answer with it."""
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"connection: close\r\n"
    async with listening(Connection) as dial:
        for _ in range(5):
            wire = await dial()
            body = [b"a" * 1_000_000] * 5
            await wire.send(head + b"content-length: 5000000\r\n\r\n", *body, WHOLE % b"more")

            assert await wire.answer() == (200, b"/deaf")
            assert await wire.end() == b""


async def test_who_does_not_end_what_nobody_reads_is_left() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"connection: close\r\n"
    async with listening(Hasty) as dial:
        wire = await dial()
        await wire.send(head + b"content-length: 100\r\n\r\n")

        assert await wire.answer() == (200, b"/deaf")
        assert await wire.end() == b""


async def test_who_sends_the_next_request_and_leaves_is_missed() -> None:
    """Reading is not paused for a few requests that wait, or nobody would see the caller go."""
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"watched" + WHOLE % b"next")
        await wire.begun()
        wire.close()
        await asyncio.wait_for(LEFT.wait(), 10)


async def test_many_requests_at_once_wait_their_turn() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"slow" + WHOLE % b"quick" * 100)

        assert await wire.answer() == (200, b"/slow")
        for _ in range(100):
            assert await wire.answer() == (200, b"/quick")


async def test_an_idle_connection_ends_also_after_the_rest_of_a_body() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"content-length: 100\r\n\r\n"
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(head)
        assert await wire.answer() == (200, b"/deaf")
        await wire.send(b"a" * 100)

        assert await wire.end() == b""


CHUNKED = HEAD.replace(b"GET", b"POST") + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", [b"read", b"deaf"])
@pytest.mark.parametrize("filler", [b"x-trailer: 1\r\n", b"a"], ids=["many", "one-endless"])
async def test_endless_trailers_end_the_connection(path: bytes, filler: bytes) -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(CHUNKED % path + b"1\r\na\r\n0\r\n", b"x-last: ")
        await wire.send(*[filler * (9_000 // len(filler))] * 30)
        assert b"/read" not in await wire.end()


async def test_trailers_are_no_headers_and_the_next_request_follows() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(CHUNKED % b"read" + b"1\r\na\r\n", b"0\r\nx-api-key: stolen\r\n\r\n")
            assert await wire.answer() == (200, b"/read")


async def test_many_tiny_chunks_are_read() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(CHUNKED % b"read", *[b"1\r\na\r\n" * 20_000] * 5, b"0\r\n\r\n")
        assert await wire.answer() == (200, b"/read")


@pytest.mark.parametrize(
    "line", [b"HELLO\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
)
async def test_what_is_no_http_is_refused_in_our_shape(line: bytes) -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(line)

        assert refusal(await wire.answer()) == (400, "This is no valid HTTP request.")
        await wire.send(b"and more", b"and more")
        assert await wire.end() == b""


async def test_an_answer_that_has_not_begun_gives_way(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"slow", b"\x00garbage\r\n\r\n")

        assert refusal(await wire.answer()) == (400, "This is no valid HTTP request.")
        await asyncio.sleep(1)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_nothing_is_said_into_an_answer_that_has_begun() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"begun")
        assert await wire.begun() == b"/"
        await wire.send(b"\x00garbage\r\n\r\n")

        assert b"400" not in await wire.end()
