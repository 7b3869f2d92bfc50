"""Several accounts: who serves, who stays, who rests. Real sockets, the simulated ChatGPT."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.served import replica
from tests.whole.accounts import House, house, served_by, visit

TEXTS = [f"talk {number}" for number in range(12)]


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for lies in another task's hands
            await asyncio.sleep(0.01)


async def homes(inside: House, texts: list[str] = TEXTS) -> dict[str, str]:
    return {text: served_by(await inside.ask(text)) for text in texts}


def history(text: str) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": text},
        {"role": "assistant", "content": "I see."},
        {"role": "user", "content": "Go on."},
    ]


async def goes_on(inside: House, text: str) -> str:
    """Who serves the second turn of a conversation."""
    return served_by(await inside.ask("", messages=history(text)))


class TestConversations:
    async def test_they_are_spread_and_stay(self, tmp_path: Path) -> None:
        async with house(tmp_path) as inside:
            first = await homes(inside)
            assert set(first.values()) == {"default", "work"}
            assert {text: await goes_on(inside, text) for text in TEXTS} == first

    async def test_replicas_and_a_restart_agree_without_a_word(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            first = await homes(inside)
            async with replica(inside.product) as other, visit(other) as there:
                assert {text: await goes_on(there, text) for text in TEXTS} == first

    async def test_they_stay_on_an_account_that_gets_no_new_ones(self, tmp_path: Path) -> None:
        async with house(tmp_path) as inside:
            first = await homes(inside)
            inside.use("work", 99)
            inside.use("default", 5)
            for account in ("default", "work"):
                await inside.ask("Tell me your limits.", account=account)
            new = await homes(inside, [f"new {number}" for number in range(8)])
            assert set(new.values()) == {"default"}
            assert {text: await goes_on(inside, text) for text in TEXTS} == first

    async def test_a_chain_of_responses_stays(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            for text in TEXTS[:4]:
                first = await inside.respond(
                    f"SCENARIO:reasoning {text}", instructions="Only at first."
                )
                answers = [first]
                for _ in range(2):
                    before = answers[-1].json()["id"]
                    answers.append(await inside.respond("And?", previous_response_id=before))
                assert len({served_by(answer) for answer in answers}) == 1
                adjusted = [answer.headers.get("x-codex2api-adjusted") for answer in answers]
                assert adjusted == [None] * 3, "its reasoning is never foreign"

    async def test_a_stored_conversation_stays(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            for text in TEXTS[:4]:
                name = (await inside.http.post("/v1/conversations", json={})).json()["id"]
                said = (f"SCENARIO:reasoning {text}", "And?", "And then?")
                answers = [await inside.respond(each, conversation=name) for each in said]
                assert len({served_by(answer) for answer in answers}) == 1
                assert all("x-codex2api-adjusted" not in each.headers for each in answers)

    async def test_a_chain_over_a_websocket_stays(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            for text in TEXTS[:4]:
                headers = await socket_turns(inside, [f"SCENARIO:reasoning {text}", "And?", "So?"])
                assert len({each["x-codex2api-account"] for each in headers}) == 1
                assert all("x-codex2api-adjusted" not in each for each in headers)

    async def test_compacted_history_is_taken_back_to_whom_it_belongs(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            body = {"model": "gpt-5.5", "input": [{"role": "user", "content": "A long story."}]}
            for label in ("default", "work", "spare"):
                compacted = await inside.http.post(
                    "/v1/responses/compact", json=body, headers={"x-codex2api-account": label}
                )
                assert compacted.status_code == 200, compacted.text
                sealed = [
                    item for item in compacted.json()["output"] if item["type"] == "compaction"
                ]
                question = {"role": "user", "content": f"What came of it, {label}?"}
                assert served_by(await inside.respond([*sealed, question])) == label
                again = [*sealed, question, {"role": "user", "content": "And then?"}]
                before = inside.asked().total()
                assert served_by(await inside.respond(again)) == label
                assert inside.asked().total() == before + 1, "it is known by now where it belongs"

    async def test_a_conversation_is_compacted_by_its_own_account(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default", "work", "spare") as inside:
            for text in TEXTS[:6]:
                home = served_by(await inside.respond(f"SCENARIO:reasoning {text}"))
                said = {"role": "user", "content": f"SCENARIO:reasoning {text}"}
                body = {"model": "gpt-5.5", "input": [said]}
                compacted = await inside.http.post("/v1/responses/compact", json=body)
                assert served_by(compacted) == home
                on = [*compacted.json()["output"], {"role": "user", "content": "And?"}]
                assert served_by(await inside.respond(on)) == home

    async def test_codex_own_requests_stay(self, tmp_path: Path) -> None:
        async with house(tmp_path) as inside:
            for key in ("session-1", "session-2", "session-3"):
                answers = [await native(inside, key) for _ in range(3)]
                assert len(set(answers)) == 1


async def native(inside: House, key: str) -> str:
    body = {
        "model": "gpt-5.5",
        "instructions": "",
        "input": [{"type": "message", "role": "user", "content": []}],
        "store": False,
        "stream": True,
        "prompt_cache_key": key,
    }
    return served_by(await inside.http.post("/backend-api/codex/responses", json=body))


async def socket_turns(inside: House, said: list[str]) -> list[dict[str, str]]:
    """The headers of each answer of one chain."""
    url = inside.product.url.replace("http:", "ws:") + "/v1/responses"
    headers, before = [], None
    async with connect(url, additional_headers=inside.product.bearer) as socket:
        for text in said:
            wish = {"type": "response.create", "model": "gpt-5.5", "store": False, "input": text}
            await socket.send(json.dumps(wish | {"previous_response_id": before}))
            event = json.loads(await socket.recv())
            headers.append(event["headers"])
            while event["type"] != "response.completed":
                event = json.loads(await socket.recv())
            before = event["response"]["id"]
    return headers


class TestStrategies:
    async def test_fill_first(self, tmp_path: Path) -> None:
        settings = {"accounts.strategy": "fill-first", "accounts.order": "work,default"}
        async with house(tmp_path, **settings) as inside:
            assert set((await homes(inside)).values()) == {"work"}
            inside.play("work", "usage_limit:resets=3600")
            new = await homes(inside, ["new 1", "new 2"])
            assert set(new.values()) == {"default"}
            assert await goes_on(inside, "new 1") == "default"

    async def test_round_robin(self, tmp_path: Path) -> None:
        async with house(tmp_path, **{"accounts.strategy": "round-robin"}) as inside:
            first = await homes(inside)
            assert Counter(first.values()) == {"default": 6, "work": 6}
            assert {text: await goes_on(inside, text) for text in TEXTS} == first

    async def test_pinned(self, tmp_path: Path) -> None:
        settings = {"accounts.strategy": "pinned", "accounts.pinned": "work"}
        async with house(tmp_path, **settings) as inside:
            assert set((await homes(inside)).values()) == {"work"}
            assert served_by(await inside.ask("hi", account="default")) == "default"
            inside.play("work", "usage_limit:resets=3600")
            assert (await inside.ask("hi")).status_code == 429
            assert (await inside.ask("hi")).status_code == 429
            assert inside.asked()["work"] == len(TEXTS) + 1, "it rests"

    async def test_a_pinned_account_that_is_missing(self, tmp_path: Path) -> None:
        settings = {"accounts.strategy": "pinned", "accounts.pinned": "gone"}
        async with house(tmp_path, **settings) as inside:
            answer = await inside.ask("hi")
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_account")
            assert "gone" in answer.json()["error"]["message"]


class TestNews:
    async def test_accounts_that_have_not_spoken_are_asked_in_the_background(
        self, tmp_path: Path
    ) -> None:
        async with house(tmp_path, "default", "work") as first:
            first.use("default", 99)
            first.use("work", 99)
            async with replica(first.product), visit(first.product):
                await until(lambda: first.asked("/wham/usage"))
            assert first.asked("/wham/usage").total() < 3, "never all of them at once"

    async def test_a_single_account_is_not_asked(self, tmp_path: Path) -> None:
        async with house(tmp_path, "default") as inside, replica(inside.product) as other:
            async with visit(other) as there:
                await homes(there)
            assert not inside.asked("/wham/usage")

    async def test_what_an_answer_tells_in_its_middle_is_shown(self, tmp_path: Path) -> None:
        told = {
            "type": "codex.rate_limits",
            "rate_limits": {"primary": {"used_percent": 77, "window_minutes": 300}},
        }
        entry = {"match": {}, "events": [{"text": "one"}, told, {"text": "two"}]}
        async with house(tmp_path, "default") as inside:
            await inside.http.post(
                f"{inside.simulator.url}/simulator/scenario", json={"entries": [entry]}
            )
            await inside.ask("hi")
            windows = (await inside.status())["default"]["windows"]
            assert [(each["name"], each["used_percent"]) for each in windows] == [
                ("5h", 77),
                ("7d", 40),
            ]


@pytest.mark.parametrize("shape", ["free", "normal"])
async def test_windows_are_named_by_their_length_with_reset_and_time(
    tmp_path: Path, shape: str
) -> None:
    async with house(tmp_path) as inside:
        if shape == "free":
            inside.simulator.state.own_limits["work"] = free = inside.simulator.state.limits
            free.primary.minutes, free.secondary = 43_200, None
        await inside.ask("hi", account="work")
        windows = (await inside.status())["work"]["windows"]
        assert [each["name"] for each in windows] == (["30d"] if shape == "free" else ["5h", "7d"])
        for window in windows:
            assert window["resets_at"] > window["as_of"]
