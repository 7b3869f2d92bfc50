"""The ledger of the whole product: what leaves a record, what is in it, and what never is."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.served import Served, served

MODEL = "gpt-5.5"
PROMPT = "the dromedary swims at midnight"
ASK = {"model": MODEL, "input": PROMPT, "store": False}
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}]}
NATIVE = {
    "model": MODEL,
    "instructions": "",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": PROMPT}],
        }
    ],
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "low"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
}
AGENT = {"user-agent": "OpenAI/Python 3.54.0 (for anne@example.org)"}


def http(product: Served, **headers: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=product.url, headers={**product.bearer, **AGENT, **headers}, timeout=60
    )


async def recorded(client: httpx2.AsyncClient, count: int, **query: Any) -> list[dict[str, Any]]:
    """The records, the oldest first, when there are so many of them."""
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/admin/api/requests", params=query)
            assert answer.status_code == 200, answer.text
            found: list[dict[str, Any]] = answer.json()["data"]
            if len(found) >= count:
                assert len(found) == count
                return found[::-1]
            await asyncio.sleep(0.05)


async def test_a_whole_answer_and_a_streamed_one(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        whole = await client.post("/v1/chat/completions", json=CHAT | {"model": f"{MODEL}-high"})
        await client.post("/v1/chat/completions", json=CHAT | {"stream": True})
        first, second = await recorded(client, 2)
    usage = whole.json()["usage"]
    assert first | {"at": 0, "first_ms": 0, "total_ms": 0} == {
        "number": 1,
        "at": 0,
        "request_id": whole.headers["x-request-id"],
        "method": "POST",
        "route": "/v1/chat/completions",
        "asked_model": f"{MODEL}-high",
        "model": MODEL,
        "effort": "high",
        "account": "default",
        "key": "owner",
        "key_name": "owner",
        "input_tokens": usage["prompt_tokens"],
        "cached_tokens": usage["prompt_tokens_details"]["cached_tokens"],
        "output_tokens": usage["completion_tokens"],
        "reasoning_tokens": usage["completion_tokens_details"]["reasoning_tokens"],
        "estimated": False,
        "first_ms": 0,
        "total_ms": 0,
        "status": 200,
        "error": None,
        "client": "OpenAI/Python 3.54.0",
    }
    assert 0 <= first["first_ms"] <= first["total_ms"]
    assert (second["effort"], second["input_tokens"] > 0) == ("medium", True)


async def test_the_ledger_knows_the_name_that_was_asked_for(tmp_path: Path) -> None:
    table = {"messages.models": {"claude-*": MODEL}}
    asked = CHAT | {"model": "claude-opus-4-8", "max_tokens": 100}
    async with served(tmp_path, **table) as product, http(product) as client:
        await client.post("/v1/messages", json=asked)
        [call] = await recorded(client, 1)

    names = (call["route"], call["asked_model"], call["model"])
    assert names == ("/v1/messages", "claude-opus-4-8", MODEL)


async def test_the_first_part_is_not_the_end(tmp_path: Path) -> None:
    slow = CHAT | {
        "messages": [{"role": "user", "content": "SCENARIO:text:n=4:d=400 go"}],
        "stream": True,
    }
    async with served(tmp_path) as product, http(product) as client:
        await client.post("/v1/chat/completions", json=slow)
        (call,) = await recorded(client, 1)
    assert call["first_ms"] < call["total_ms"]


async def test_several_choices_are_added_up(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        answer = await client.post("/v1/chat/completions", json=CHAT | {"n": 3})
        await client.post("/v1/chat/completions", json=CHAT | {"n": 3, "stream": True})
        calls = await recorded(client, 2)
    assert calls[0]["output_tokens"] == answer.json()["usage"]["completion_tokens"]
    assert len(answer.json()["choices"]) == 3
    assert calls[0]["output_tokens"] == calls[1]["output_tokens"]


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_cut_here_is_marked_as_estimated(tmp_path: Path, stream: bool) -> None:
    long = [{"role": "user", "content": "SCENARIO:text:n=50 go"}]
    wish = CHAT | {"messages": long, "max_tokens": 2, "stream": stream}
    async with served(tmp_path) as product, http(product) as client:
        await client.post("/v1/chat/completions", json=wish)
        await client.post("/v1/chat/completions", json=wish | {"max_tokens": 100_000})
        cut, whole = await recorded(client, 2)
    assert (cut["estimated"], cut["output_tokens"]) == (True, 2)
    assert not whole["estimated"]
    assert whole["output_tokens"] > 2


Told = tuple[int, str | None]


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/v1/chat/completions", CHAT | {"model": "no-such-model"}, (404, "model_not_found")),
        ("/v1/chat/completions", CHAT | {"messages": 3}, (400, "invalid_value")),
        ("/v1/responses", ASK | {"input": "SCENARIO:usage_limit"}, (429, "usage_limit_reached")),
        ("/v1/responses", ASK | {"input": "SCENARIO:cut", "stream": True}, (200, None)),
        ("/v1/images/generations", {"prompt": PROMPT, "model": "nobody"}, (404, "model_not_found")),
    ],
)
async def test_what_failed_is_recorded_with_its_code(
    tmp_path: Path, path: str, body: dict[str, Any], told: Told
) -> None:
    async with served(tmp_path) as product, http(product) as client:
        answer = await client.post(path, json=body)
        (call,) = await recorded(client, 1, status="error")
    assert (answer.status_code, call["status"]) == (told[0], told[0])
    assert call["error"] == told[1] or (told[1] is None and call["error"])
    assert call["input_tokens"] is None


async def test_errands_and_codex_are_recorded(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        picture = await client.post("/v1/images/generations", json={"prompt": PROMPT})
        shorter = await client.post("/v1/responses/compact", json={"model": MODEL, "input": PROMPT})
        codex = await client.post("/backend-api/codex/responses", json=NATIVE)
        sound = {"file": ("a.wav", b"RIFF" * 100), "model": (None, "whisper-1")}
        text = await client.post("/v1/audio/transcriptions", files=sound)
        assert [each.status_code for each in (picture, shorter, codex, text)] == [200] * 4
        calls = await recorded(client, 4)
    drawn, compacted, passed, heard = calls
    assert drawn["model"].startswith("gpt-image")
    assert drawn["output_tokens"] == picture.json()["usage"]["output_tokens"]
    assert compacted["input_tokens"] == shorter.json()["usage"]["input_tokens"]
    told = json.loads(codex.text.rstrip().rpartition("data: ")[2])["response"]["usage"]
    assert (passed["input_tokens"], passed["effort"]) == (told["input_tokens"], "low")
    assert passed["first_ms"] is not None
    assert (heard["asked_model"], heard["input_tokens"]) == ("whisper-1", None)
    assert {call["account"] for call in calls} == {"default"}


async def test_an_answer_in_the_background_is_recorded_when_it_ends(tmp_path: Path) -> None:
    wish = ASK | {"background": True, "store": True}
    async with served(tmp_path) as product, http(product) as client:
        done = (await client.post("/v1/responses", json=wish)).json()
        (call,) = await recorded(client, 1)
        hanging = wish | {"input": "SCENARIO:stall go"}
        begun = (await client.post("/v1/responses", json=hanging)).json()
        await client.post(f"/v1/responses/{begun['id']}/cancel")
        _, cancelled = await recorded(client, 2)
        whole = (await client.get(f"/v1/responses/{done['id']}")).json()
    assert (call["status"], call["error"]) == (200, None)
    assert call["input_tokens"] == whole["usage"]["input_tokens"]
    assert (cancelled["status"], cancelled["error"]) == (200, "response_cancelled")


async def test_turns_on_a_websocket_are_recorded_one_by_one(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        address = product.url.replace("http:", "ws:") + "/v1/responses"
        async with connect(address, additional_headers=product.bearer) as socket:
            for wish in ({"generate": False}, {}, {"model": "no-such-model"}):
                await socket.send(json.dumps({"type": "response.create", **ASK, **wish}))
                while json.loads(await socket.recv())["type"] not in (
                    "response.completed",
                    "error",
                ):
                    pass
        calls = await recorded(client, 2)  # a warm-up asks no model
    assert [(call["method"], call["status"]) for call in calls] == [("WS", 200), ("WS", 404)]
    assert calls[0]["route"] == "/v1/responses"
    assert calls[0]["input_tokens"] > 0


async def test_what_asks_no_model_leaves_no_record(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        for path in (
            "/health",
            "/v1/models",
            "/v1/chat/completions",
            "/v1/embeddings",
            "/auth/status",
        ):
            await client.get(path)
        await client.post("/v1/embeddings", json={})
        await client.post("/v1/responses/input_tokens", json={"model": MODEL, "input": PROMPT})
        strange = {"authorization": "Bearer nobody"}
        assert (
            await client.post("/v1/chat/completions", json=CHAT, headers=strange)
        ).status_code == 401
        await client.post("/v1/chat/completions", json=CHAT)
        (call,) = await recorded(client, 1)
    assert call["status"] == 200


async def test_reading_is_for_the_owner(tmp_path: Path) -> None:
    keys = {"server.apiKeys": ["sk-guest-0123456789"]}
    async with served(tmp_path, **keys) as product, http(product) as client:
        guest = {"authorization": "Bearer sk-guest-0123456789"}
        answer = await client.post("/v1/chat/completions", json=CHAT, headers=guest)
        assert answer.status_code == 200
        for path in ("/admin/api/requests", "/admin/api/usage"):
            assert (await client.get(path, headers=guest)).status_code == 401
        (call,) = await recorded(client, 1)
    assert call["key_name"] == "key-1"
    assert "guest" not in call["key"]


async def test_pages_and_filters(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        for number in range(5):
            await client.post(
                "/v1/chat/completions", json=CHAT, headers={"x-request-id": f"{number}"}
            )
        await client.post("/v1/chat/completions", json=CHAT | {"model": "nobody"})
        await recorded(client, 6)
        seen, query = [], {"limit": 2, "model": MODEL, "key": "owner", "account": "default"}
        while True:
            page = (await client.get("/admin/api/requests", params=query)).json()
            seen += [call["request_id"] for call in page["data"]]
            assert page["has_more"] is (page["next"] is not None)
            if not page["has_more"]:
                break
            query["before"] = page["next"]
        (failed,) = await recorded(client, 1, status="4xx")
        assert await recorded(client, 0, since=failed["at"] + 3600) == []
        for wrong in ({"status": "odd"}, {"limit": 0}, {"before": "x"}, {"since": -1}):
            refused = await client.get("/admin/api/requests", params=wrong)
            assert refused.status_code == 400
            assert refused.json()["error"]["param"] == next(iter(wrong))
    assert seen == ["4", "3", "2", "1", "0"]


async def test_use_is_added_up_with_prices(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        answers = [await client.post("/v1/chat/completions", json=CHAT) for _ in range(3)]
        await client.post("/v1/chat/completions", json=CHAT | {"model": "nobody"})
        calls = await recorded(client, 4)
        report = (await client.get("/admin/api/usage?by=model")).json()
        free = (await client.get("/admin/api/usage?prices=false&by=day")).json()
        later = (await client.get(f"/admin/api/usage?since={calls[0]['at'] + 3600}")).json()
        assert (await client.get("/admin/api/usage?by=nothing")).status_code == 400
    served_by, refused = report["groups"]
    usages = [answer.json()["usage"] for answer in answers]
    assert served_by["requests"] == 3
    assert served_by["input_tokens"] == sum(usage["prompt_tokens"] for usage in usages)
    assert served_by["list_price_usd"] > 0
    assert (refused["id"], refused["errors"], refused["list_price_usd"]) == ("", 1, None)
    assert report["total"]["requests"] == 4
    assert free["total"] == report["total"] | {"list_price_usd": None, "unpriced": 3}
    assert (later["groups"], later["total"]["requests"]) == ([], 0)


async def test_records_are_written_at_the_end(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        for _ in range(3):
            await client.post("/v1/chat/completions", json=CHAT)
    async with served(tmp_path) as product, http(product) as client:
        await recorded(client, 3)


async def test_an_owner_who_wants_no_records_has_none(tmp_path: Path) -> None:
    async with served(tmp_path, **{"ledger.retentionDays": 0}) as product, http(product) as client:
        await client.post("/v1/chat/completions", json=CHAT)
        for path in ("/admin/api/requests", "/admin/api/usage"):
            found = await client.get(path)
            assert (found.status_code, found.json()["error"]["code"]) == (501, "not_supported")
    assert not list((tmp_path / "data").glob("codex2api.db*"))


async def test_a_broken_database_hurts_no_request(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "codex2api.db").write_text("no database " * 1000)
    async with served(tmp_path) as product, http(product) as client:
        for _ in range(5):
            assert (await client.post("/v1/chat/completions", json=CHAT)).status_code == 200
        found = await client.get("/admin/api/usage")
        assert (found.status_code, found.json()["error"]["code"]) == (500, "storage_failed")


async def test_nothing_that_was_said_is_in_the_file(tmp_path: Path) -> None:
    """Every route, also with texts in fields that are kept."""
    secret = "sk-secret-0123456789abcdef0123456789abcdef0123"
    said = ["dromedary", "anne@example.org", "example.org", secret, "Lorem", "Simulated"]
    calls: Sequence[Callable[[httpx2.AsyncClient], Any]] = (
        lambda client: client.post("/v1/chat/completions", json=CHAT),
        lambda client: client.post("/v1/chat/completions", json=CHAT | {"model": PROMPT}),
        lambda client: client.post("/v1/responses", json=ASK | {"stream": True}),
        lambda client: client.post("/v1/responses", json=ASK | {"model": f"a {PROMPT}"}),
        lambda client: client.post("/v1/images/generations", json={"prompt": PROMPT}),
        lambda client: client.post("/backend-api/codex/responses", json=NATIVE),
        lambda client: client.post(
            "/v1/chat/completions", json=CHAT, headers={"user-agent": secret}
        ),
    )
    async with served(tmp_path) as product, http(product) as client:
        answer = await client.post("/v1/chat/completions", json=CHAT)
        said += [answer.json()["choices"][0]["message"]["content"], product.key]
        for call in calls:
            await call(client)
        await recorded(client, 1 + len(calls))
    tokens = json.loads((tmp_path / "data" / "tokens.json").read_text())
    said += [tokens["access_token"], tokens["refresh_token"], tokens["account_id"]]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("codex2api.db*"))
    assert b"usage_limit" not in kept
    assert b"/v1/images/generations" in kept, "this is where the records are"
    assert [text for text in said if text.encode() in kept] == []
