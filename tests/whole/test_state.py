"""State of our own, as its owner sees it: kept over restarts, turned off, out of others' way."""

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codex2api.protocol.json import encode
from tests.served import Served, served
from tests.store.opened import a_response, opened

SCRIPTS = Path(__file__).parents[2] / "scripts"
UNDER_WAY = ("queued", "in_progress")
ASK = {"model": "gpt-5.5", "input": "hi"}
CHAT = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}


def http(product: Served) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=product.v1, headers=product.bearer)


async def test_a_server_that_is_asked_to_keep_nothing_has_no_database(tmp_path: Path) -> None:
    off = {"ledger.retentionDays": 0}
    async with served(tmp_path, **off) as product, http(product) as client:
        assert (await client.post("/chat/completions", json=CHAT)).status_code == 200
        answer = await client.post("/responses", json=ASK | {"store": False})
        assert answer.json()["store"] is False
        assert not (tmp_path / "data" / "codex2api.db").exists()


async def test_answers_outlive_the_server(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        answer = (await client.post("/responses", json=ASK)).json()
    async with served(tmp_path) as product, http(product) as client:
        assert (await client.get(f"/responses/{answer['id']}")).json() == answer


async def test_what_was_under_way_when_the_server_stopped_has_failed(tmp_path: Path) -> None:
    wish = ASK | {"input": "SCENARIO:stall go", "background": True}
    async with served(tmp_path) as product, http(product) as client:
        begun = (await client.post("/responses", json=wish)).json()
    async with served(tmp_path) as product, http(product) as client:
        found = (await client.get(f"/responses/{begun['id']}")).json()
        assert (found["status"], found["error"]["code"]) == ("failed", "server_error")
        stream = await client.get(f"/responses/{begun['id']}?stream=true&starting_after=6")
        kinds = [line for line in stream.text.splitlines() if line.startswith("event")]
        assert kinds == ["event: response.failed", "event: error"]
        assert '"sequence_number":7' in stream.text
        cancelled = await client.post(f"/responses/{begun['id']}/cancel")
        assert cancelled.json() == found


async def test_what_nobody_works_on_any_more_has_failed(tmp_path: Path) -> None:
    wish = ASK | {"input": "SCENARIO:stall go", "background": True}
    async with served(tmp_path) as product, http(product) as client:
        begun = (await client.post("/responses", json=wish)).json()
        (lock,) = (tmp_path / "data").glob(".runner.*")
        body = encode(begun | {"id": "resp_lost"})
        async with opened(tmp_path / "data", time.time) as state:
            row = a_response("resp_lost", "owner", runner=lock.name.split(".")[2], body=body)
            await state.responses.add(row)
        assert (await client.get(f"/responses/{begun['id']}")).json()["status"] != "failed"
        lost = (await client.get("/responses/resp_lost")).json()
        assert (lost["status"], lost["error"]["code"]) == ("failed", "server_error")


async def test_another_process_is_told_to_cancel(tmp_path: Path) -> None:
    wish = ASK | {"input": "SCENARIO:stall go", "background": True, "stream": True}
    async with (
        served(tmp_path) as product,
        served(tmp_path, signed_in=False) as other,
        http(product) as client,
        http(other) as elsewhere,
        client.stream("POST", "/responses", json=wish) as stream,
    ):
        lines = stream.aiter_lines()
        await anext(lines)
        name = json.loads((await anext(lines)).removeprefix("data: "))["response"]["id"]
        assert (await elsewhere.get(f"/responses/{name}")).json()["status"] in UNDER_WAY
        cancelled = await elsewhere.post(f"/responses/{name}/cancel")
        assert cancelled.json()["status"] == "cancelled"
        rest = [line async for line in lines if line.startswith("event")]
        assert rest[-1] == "event: error"
        replayed = await elsewhere.get(f"/responses/{name}?stream=true")
        assert "response_cancelled" in replayed.text


async def test_another_process_streams_what_this_one_answers(tmp_path: Path) -> None:
    wish = ASK | {"input": "SCENARIO:text:n=20:d=20 go", "background": True}
    async with (
        served(tmp_path) as product,
        served(tmp_path, signed_in=False) as other,
        http(product) as client,
        http(other) as elsewhere,
    ):
        begun = (await client.post("/responses", json=wish)).json()
        path = f"/responses/{begun['id']}?stream=true"
        assert (await elsewhere.get(path)).text == (await client.get(path)).text


async def test_where_nothing_is_to_be_kept(tmp_path: Path) -> None:
    off = {"store.responsesTtlDays": 0, "ledger.retentionDays": 0}
    async with served(tmp_path, **off) as product, http(product) as client:
        answer = await client.post("/responses", json=ASK | {"store": True})
        assert answer.json()["store"] is False
        assert answer.headers["x-codex2api-dropped"] == "store"
        assert "x-codex2api-dropped" not in (await client.post("/responses", json=ASK)).headers
        refused = await client.post("/responses", json=ASK | {"previous_response_id": "resp_1"})
        assert refused.json()["error"]["param"] == "previous_response_id"
        for path in ("/responses/resp_1", "/conversations/conv_1", "/chat/completions"):
            found = await client.get(path)
            assert (found.status_code, found.json()["error"]["code"]) == (501, "not_supported")
        assert not (tmp_path / "data" / "codex2api.db").exists()


async def test_a_broken_database_stops_nobody_who_needs_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "codex2api.db").write_text("no database " * 1000)
    async with served(tmp_path) as product, http(product) as client:
        assert (await client.post("/chat/completions", json=CHAT)).status_code == 200
        found = await client.get("/responses/resp_1")
        assert (found.status_code, found.json()["error"]["code"]) == (500, "storage_failed")


async def test_an_answer_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    async with served(tmp_path) as product, http(product) as client:
        (tmp_path / "data" / "codex2api.db").write_text("no database " * 1000)
        whole = (await client.post("/responses", json=ASK)).json()
        assert (whole["status"], whole["store"]) == ("completed", False)
        streamed = (await client.post("/responses", json=ASK | {"stream": True})).text
        assert '"store":false' in streamed.splitlines()[-2]
        chat = await client.post("/chat/completions", json=CHAT | {"store": True})
        assert (chat.status_code, chat.json()["error"]["code"]) == (500, "storage_failed")
        stream = await client.post("/chat/completions", json=CHAT | {"store": True, "stream": True})
        assert "storage_failed" in stream.text.splitlines()[-2]
        assert "[DONE]" not in stream.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/responses"), ("PUT", "/chat/completions")])
async def test_a_wrong_method_is_told(tmp_path: Path, method: str, path: str) -> None:
    async with served(tmp_path) as product, http(product) as client:
        assert (await client.request(method, path, json={})).status_code == 405


async def test_killed_while_it_answers(tmp_path: Path) -> None:
    notes = await script("kill_stored").run(tmp_path, cycles=2, seed=3)
    assert notes.kept
    assert notes.old == notes.kept.keys() | notes.begun


def script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
