"""Faults and oddities of an accepted stream: the exact text, or an honest end."""

import asyncio
import random
from collections.abc import Callable

import msgspec
import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Completed, Incomplete, Other, TextDelta, UpstreamEvent
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.upstream.client import CodexUpstream
from tests import events
from tests.upstream.calls import CREDENTIAL, ask, ask_at, asking, said, upstream
from tests.upstream.server import EVENTS, LAST_CHUNK, Peer, chunk, scripted, sse, stream

pytestmark = pytest.mark.usefixtures("each_adapter")

TEXT = "Grüße, 世界 🎉 \u2028 end"
BODY = [events.created(), *(events.text(character) for character in TEXT)]
GOOD = events.sse([*BODY, events.completed()])
CUT = events.sse(BODY)
HEAD = EVENTS + b"\r\n"


async def broken(*parts: bytes, reset: bool = False) -> tuple[str, ApiError]:
    """What was said before the failure, and the failure."""

    async def script(peer: Peer) -> None:
        await peer.send(HEAD, *parts)
        if reset:
            peer.reset()

    return await failing(script)


async def failing(script: Callable[..., object] | bytes, **options: float) -> tuple[str, ApiError]:
    heard: list[UpstreamEvent] = []
    async with scripted(script) as server, upstream(server.url, **options) as client:  # type: ignore[arg-type]
        with pytest.raises(ApiError) as caught:
            await _listen(client, heard)
        assert len(server.calls) == 1
    return said(heard), caught.value


async def _listen(client: CodexUpstream, heard: list[UpstreamEvent]) -> None:
    async with client.stream(asking(), CREDENTIAL) as accepted:
        async for batch in accepted.batches:
            heard += batch


async def test_one_read_is_one_batch_and_the_connection_is_used_again() -> None:
    async with scripted(stream(GOOD)) as server, upstream(server.url) as client:
        for _ in range(3):
            batches = await ask(client)
            assert said([event for batch in batches for event in batch]) == TEXT
            assert len(batches) <= 2

    assert server.connections == 1


class TestHonestEnds:
    async def test_no_event(self) -> None:
        _, error = await broken(LAST_CHUNK)

        assert (error.kind, error.message) == (Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)

    @pytest.mark.parametrize(
        "ending",
        [LAST_CHUNK, b"", b"5\r\nda"],
        ids=["clean", "fin", "cut chunk"],
    )
    async def test_no_terminal_event(self, ending: bytes) -> None:
        heard, error = await broken(chunk(CUT), ending)

        assert heard == TEXT
        assert (error.kind, error.message) == (Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)

    async def test_a_broken_chunk_size(self) -> None:
        heard, error = await broken(chunk(CUT), b"ZZZ\r\nnonsense")

        assert TEXT.startswith(heard)
        assert error.kind is Kind.UPSTREAM_UNAVAILABLE

    async def test_reset(self) -> None:
        heard, error = await broken(chunk(CUT), reset=True)

        assert TEXT.startswith(heard)
        assert error.message == CUT_MESSAGE

    async def test_noise(self) -> None:
        noise = random.Random(7).randbytes(4096)
        _, error = await broken(chunk(noise), LAST_CHUNK)

        assert error.message == CUT_MESSAGE

    async def test_silence_after_the_headers(self) -> None:
        async def silent(peer: Peer) -> None:
            await peer.send(HEAD)
            await peer.gone()

        _, error = await failing(silent, idle_timeout=0.1)

        assert error.kind is Kind.UPSTREAM_TIMEOUT

    async def test_silence_in_between(self) -> None:
        async def stalls(peer: Peer) -> None:
            await peer.send(HEAD, chunk(CUT))
            await peer.gone()

        heard, error = await failing(stalls, idle_timeout=0.1)

        assert (heard, error.kind) == (TEXT, Kind.UPSTREAM_TIMEOUT)

    async def test_comments_are_silence(self) -> None:
        async def comments(peer: Peer) -> None:
            await peer.send(HEAD)
            while True:
                await peer.send(chunk(b": keepalive\n\n"))
                await asyncio.sleep(0.01)

        _, error = await failing(comments, idle_timeout=0.2)

        assert error.kind is Kind.UPSTREAM_TIMEOUT

    async def test_events_are_not_silence(self) -> None:
        async def slow(peer: Peer) -> None:
            await peer.send(HEAD)
            for _ in range(10):
                await peer.send(chunk(sse({"type": "keepalive"})))
                await asyncio.sleep(0.1)
            await peer.send(chunk(GOOD), LAST_CHUNK)

        async with scripted(slow) as server:
            assert said(await ask_at(server.url, idle_timeout=0.6)) == TEXT

    async def test_a_slow_reader_is_not_silence(self) -> None:
        go_on = asyncio.Event()

        async def paced(peer: Peer) -> None:
            await peer.send(HEAD, chunk(CUT))
            await go_on.wait()
            await peer.send(chunk(events.sse([events.completed()])), LAST_CHUNK)

        async with (
            scripted(paced) as server,
            upstream(server.url, idle_timeout=0.3) as client,
            client.stream(asking(), CREDENTIAL) as accepted,
        ):
            assert said(await anext(accepted.batches)) == TEXT
            await asyncio.sleep(0.7)
            go_on.set()
            assert isinstance((await anext(accepted.batches))[-1], Completed)

    async def test_after_the_failure_there_is_nothing_more(self) -> None:
        async with (
            scripted(stream(CUT)) as server,
            upstream(server.url) as client,
            client.stream(asking(), CREDENTIAL) as accepted,
        ):
            for _ in range(2):
                with pytest.raises(ApiError):
                    [batch async for batch in accepted.batches]


class TestFailureEvents:
    @pytest.mark.parametrize(
        "event",
        [
            {"type": "response.failed", "response": {"error": {"code": "server_error"}}},
            {"type": "response.failed", "response": {"error": None}},
            {"type": "response.failed", "response": None},
            {"type": "response.failed"},
            {"type": "error", "code": "server_error", "message": "boom"},
            {"type": "error", "error": {"type": "server_error", "message": "boom"}},
            {"type": "error", "status": "odd", "error": "boom"},
        ],
    )
    @pytest.mark.parametrize("before", [b"", events.sse(BODY)], ids=["early", "late"])
    async def test_what_came_before_is_heard_then_the_failure(
        self, event: dict[str, object], before: bytes
    ) -> None:
        heard, error = await failing(stream(before + sse(event)))

        assert heard == (TEXT if before else "")
        assert error.kind is Kind.UPSTREAM_UNAVAILABLE

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("context_length_exceeded", Kind.CONTEXT_TOO_LONG),
            ("rate_limit_exceeded", Kind.RATE_LIMITED),
            ("usage_limit_reached", Kind.LIMIT_REACHED),
        ],
    )
    async def test_codes(self, code: str, kind: Kind) -> None:
        event = {"type": "response.failed", "response": {"error": {"code": code}}}
        _, error = await failing(stream(sse(event)))

        assert error.kind is kind

    async def test_a_limit_is_explained_by_the_event_before_it(self) -> None:
        limits = events.sse([events.rate_limits(100)])
        event = {"type": "response.failed", "response": {"error": {"code": "usage_limit_reached"}}}
        _, error = await failing(stream(limits + sse(event)))

        assert "5-hour limit of your ChatGPT Plus plan" in error.message


class TestExactText:
    @pytest.mark.parametrize("size", [1, 7, 1000])
    async def test_any_cutting(self, size: int) -> None:
        pieces = [chunk(GOOD[at : at + size]) for at in range(0, len(GOOD), size)]

        async def sliced(peer: Peer) -> None:
            await peer.send(HEAD, *pieces, LAST_CHUNK)

        async with scripted(sliced) as server:
            assert said(await ask_at(server.url)) == TEXT

    @pytest.mark.parametrize(
        "rewrite",
        [
            lambda body: body.replace(b"\n", b"\r\n"),
            lambda body: b"\xef\xbb\xbf" + body,
            lambda body: b": hello\n\nretry: 3\n\n" + body,
            lambda body: body.replace(b"data: ", b"data:"),
            lambda body: body.replace(b',"item_id"', b',\ndata: "item_id"'),
            lambda body: body.removesuffix(b"\n\n"),
            lambda body: body.removesuffix(b"\n"),
            lambda body: sse({"type": "new"}) + b"data: []\n\ndata: null\n\ndata: {}\n\n" + body,
            lambda body: body + body,
        ],
        ids=["crlf", "bom", "comments", "no space", "several data lines", "no end", "half end",
             "odd events", "twice"],
    )  # fmt: skip
    async def test_grammar(self, rewrite: Callable[[bytes], bytes]) -> None:
        async with scripted(stream(rewrite(GOOD))) as server:
            heard = await ask_at(server.url)

        assert said(heard) == TEXT
        assert sum(isinstance(event, Completed) for event in heard) == 1
        assert isinstance(heard[-1], Completed)

    async def test_a_delta_before_created(self) -> None:
        body = events.sse([events.text("a"), events.created(), events.completed()])
        async with scripted(stream(body)) as server:
            assert said(await ask_at(server.url)) == "a"

    async def test_a_huge_event(self) -> None:
        huge = "x" * 5_000_000
        body = events.sse([events.text(huge), events.completed()])
        async with scripted(stream(body)) as server:
            assert said(await ask_at(server.url)) == huge

    async def test_invalid_utf8_costs_a_character(self) -> None:
        body = sse({"type": "response.output_text.delta", "delta": "a?b"}).replace(b"?", b"\xff")
        async with scripted(stream(body + events.sse([events.completed()]))) as server:
            assert said(await ask_at(server.url)) == "a\ufffdb"


class TestEnds:
    async def test_completed_and_the_socket_stays_open(self) -> None:
        async def holds(peer: Peer) -> None:
            await peer.send(HEAD, chunk(GOOD))
            await peer.gone()

        async with scripted(holds) as server, asyncio.timeout(10):
            assert said(await ask_at(server.url)) == TEXT

    async def test_completed_then_reset(self) -> None:
        async def resets(peer: Peer) -> None:
            await peer.send(HEAD, chunk(GOOD))
            peer.reset()

        async with scripted(resets) as server:
            assert said(await ask_at(server.url)) == TEXT

    async def test_what_arrived_before_a_reset_is_not_lost_on_a_slow_reader(self) -> None:
        async def resets(peer: Peer) -> None:
            await peer.send(HEAD, chunk(events.sse([events.created()])))
            await asyncio.sleep(0.05)
            await peer.send(chunk(GOOD))
            peer.reset()

        heard: list[UpstreamEvent] = []
        async with (
            scripted(resets) as server,
            upstream(server.url) as client,
            client.stream(asking(), CREDENTIAL) as accepted,
        ):
            async for batch in accepted.batches:
                heard += batch
                await asyncio.sleep(0.3)

        assert said(heard) == TEXT

    @pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
    async def test_incomplete_is_an_end(self, reason: str) -> None:
        body = events.sse([*BODY, events.incomplete(reason)])
        async with scripted(stream(body)) as server:
            heard = await ask_at(server.url)

        assert said(heard) == TEXT
        assert isinstance(heard[-1], Incomplete)

    @pytest.mark.parametrize("name", ["response.completed", "response.done"])
    async def test_an_end_in_a_shape_of_tomorrow(self, name: str) -> None:
        odd = {"type": name, "response": {"id": "r", "usage": "much"}}
        async with scripted(stream(CUT + sse(odd))) as server:
            heard = await ask_at(server.url)

        assert isinstance(heard[-1], Completed)
        assert heard[-1].response.id == "r"

    async def test_other_events_pass(self) -> None:
        odd = {"type": "response.web_search_call.searching", "item_id": "ws_1"}
        async with scripted(stream(sse(odd) + GOOD)) as server:
            assert (await ask_at(server.url))[0] == Other(odd["type"], odd)


async def test_the_first_event_does_not_wait_for_the_second() -> None:
    go_on = asyncio.Event()

    async def paced(peer: Peer) -> None:
        await peer.send(HEAD, chunk(events.sse([events.text("a")])))
        await go_on.wait()
        await peer.send(chunk(events.sse([events.completed()])), LAST_CHUNK)

    async with (
        scripted(paced) as server,
        upstream(server.url) as client,
        client.stream(asking(), CREDENTIAL) as accepted,
    ):
        assert isinstance((await anext(accepted.batches))[0], TextDelta)
        go_on.set()
        assert isinstance((await anext(accepted.batches))[-1], Completed)


async def test_leaving_early_closes_the_connection() -> None:
    left = asyncio.Event()

    async def endless(peer: Peer) -> None:
        await peer.send(HEAD, chunk(CUT))
        await peer.gone()
        left.set()

    async with scripted(endless) as server, upstream(server.url) as client:
        async with client.stream(asking(), CREDENTIAL) as accepted:
            await anext(accepted.batches)
        async with asyncio.timeout(5):
            await left.wait()


async def test_the_callers_tool_names_come_back() -> None:
    name = "a.very.long/tool name"
    tool = {"type": "function", "name": name, "parameters": {}}
    async with scripted(stream(b"")) as server, upstream(server.url) as client:
        with pytest.raises(ApiError):
            await ask(client, tools=[tool])
        sent = msgspec.json.decode(server.calls[0].body)["tools"][0]["name"]
        body = events.sse([*events.tool_call(sent, "{}"), events.completed()])
        server.scripts = [stream(body)]
        heard = [event for batch in await ask(client, tools=[tool]) for event in batch]

    assert sent != name
    items = [event.item["name"] for event in heard if hasattr(event, "item")]
    assert items == [name, name]
