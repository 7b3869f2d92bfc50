import asyncio

import pytest
import zstandard

from codex2api.protocol.json import encode
from tests.simulator.asking import Client, classic, leave_when, user

SAID = "Grüße 🌍"
EXPECTED = f"This is a simulated answer. You said: {SAID} "


@pytest.mark.parametrize(
    "params",
    ["chunk=1", "chunk=7", "crlf=1", "comments=1", "bom=1", "multiline=1", "open_end=1",
     "unnamed=1", "chunk=3:crlf=1:comments=1", "d=1", "first=5"],
)  # fmt: skip
async def test_the_text_is_the_same_however_it_travels(sim: Client, params: str) -> None:
    answer = await sim.say(f"{SAID} SIM:{params}")

    assert answer.text == answer.deltas == f"{EXPECTED}SIM:{params}"
    assert answer.types[-1] == "response.completed"


async def test_line_ends_and_marks_are_really_there(sim: Client) -> None:
    crlf = await sim.ask_raw(classic(user("SIM:crlf=1")))
    dressed = await sim.ask_raw(classic(user("SIM:bom=1:comments=1:multiline=1:open_end=1")))

    assert crlf.count(b"\n") == crlf.count(b"\r\n")
    assert dressed.startswith(b"\xef\xbb\xbf: simulated comment\n")
    assert b"\ndata: {\ndata: " in dressed
    assert not dressed.endswith(b"\n")


async def test_small_chunks_split_characters(sim: Client) -> None:
    url = f"{sim.simulator.backend_url}/codex/responses"
    body = classic(user(f"{SAID} SIM:chunk=1:d=1"))
    async with sim.http.post(url, json=body, headers=sim.headers()) as answer:
        sizes = [len(chunk) async for chunk, _ in answer.content.iter_chunks()]
    assert set(sizes) <= {0, 1}


async def test_a_zstd_body(sim: Client) -> None:
    url = f"{sim.simulator.backend_url}/codex/responses"
    writer = zstandard.ZstdCompressor().compressobj()
    data = writer.compress(encode(classic())) + writer.flush()
    headers = sim.headers() | {"Content-Encoding": "zstd", "Content-Type": "application/json"}
    async with sim.http.post(url, data=data, headers=headers) as answer:
        assert answer.status == 200
    assert sim.simulator.requests("/responses")[-1].json == classic()


@pytest.mark.parametrize(("encoding", "status"), [("zstd", 400), ("gzip", 400), ("br", 415)])
async def test_bodies_that_are_not_what_they_say(sim: Client, encoding: str, status: int) -> None:
    url = f"{sim.simulator.backend_url}/codex/responses"
    headers = sim.headers() | {"Content-Encoding": encoding}
    async with sim.http.post(url, data=b"nonsense", headers=headers) as answer:
        assert answer.status == status


async def test_many_at_once_keep_apart(sim: Client) -> None:
    texts = [f"number {i} SIM:d=2" for i in range(40)]

    answers = await asyncio.gather(*map(sim.say, texts))

    assert [a.text.partition("said: ")[2] for a in answers] == texts
    assert sim.simulator.state.streams.most_at_once > 1


async def test_a_client_that_leaves_is_noticed(sim: Client) -> None:
    streams = sim.simulator.state.streams
    await leave_when(lambda: streams.bytes_sent, sim.say("SIM:n=1000:d=50"))

    await asyncio.wait_for(streams.idle.wait(), 5)
    assert streams.finished == 0
    assert sim.simulator.requests("/responses")[-1].completed is False
