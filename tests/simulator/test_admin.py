from dataclasses import replace
from typing import Any

import pytest

from codex2api.simulator.recorder import MAX_BYTES, Recorder
from tests.simulator.asking import Client, classic, user


async def counters(sim: Client) -> Any:
    async with sim.http.get(f"{sim.simulator.url}/simulator/counters") as answer:
        return await answer.json()


async def test_tokens_without_a_browser(sim: Client) -> None:
    minted = (await sim.post("/simulator/tokens", json={"account": "b", "seconds": 60})).json

    bearer = {
        "Authorization": f"Bearer {minted['access_token']}",
        "ChatGPT-Account-ID": minted["account_id"],
    }
    assert minted["expires_in"] == 60
    assert (await sim.get("/wham/usage", **bearer)).status == 200


async def test_requests_are_shown_with_bearers_masked(sim: Client) -> None:
    await sim.say("remember me")
    token = sim.headers()["Authorization"].removeprefix("Bearer ")
    url = f"{sim.simulator.url}/simulator/requests?path=/responses&method=POST"
    async with sim.http.get(url) as answer:
        text = await answer.text()
        shown = (await answer.json())["requests"]

    assert len(shown) == 1
    assert shown[0]["body"] == classic(user("remember me"))
    assert shown[0]["headers"]["authorization"].startswith("Bearer <masked:")
    assert (shown[0]["status"], shown[0]["completed"]) == (200, True)
    assert token[:20] not in text


async def test_bodies_of_the_issuer_and_of_refused_requests_are_remembered(sim: Client) -> None:
    await sim.refresh("rt_unknown")
    await sim.ask(classic(temperature=1))
    await sim.ask(classic(), Authorization="Bearer none")

    issuer = sim.simulator.requests("/oauth/token")[0]
    refused, stranger = sim.simulator.requests("/responses")
    assert issuer.json["refresh_reason"] == "proactive_expiry"
    assert (refused.status, refused.json["temperature"]) == (400, 1)
    assert (stranger.status, stranger.json) == (401, classic())


async def test_faults_are_set_and_lifted(sim: Client) -> None:
    await sim.post("/simulator/faults", json={"backend": "cloudflare", "token": "expired"})
    blocked = await sim.say("hi")
    refused = await sim.refresh(sim.simulator.make_tokens()["refresh_token"])
    await sim.post("/simulator/faults", json={})

    assert (blocked.status, refused.status) == (403, 401)
    assert (await sim.say("hi")).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"backend": "nonsense"}),
        ("faults", {"nonsense": 1}),
        ("faults", [1]),
        ("limits", {"primary": {"percent": 1}}),
        ("sign-in", {"consent": "maybe"}),
        ("device", {"user_code": "NONE"}),
        ("tokens", {"seconds": "soon"}),
        ("reset", "text"),
    ],
)
async def test_nonsense_is_refused_with_a_reason(sim: Client, path: str, body: Any) -> None:
    answer = await sim.post(f"/simulator/{path}", json=body)

    assert answer.status == 400
    assert answer.json["detail"].endswith(".")


async def test_bodies_that_are_not_json(sim: Client) -> None:
    assert (await sim.post("/simulator/faults", data=b"{")).status == 400


async def test_access_tokens_are_invalidated(sim: Client) -> None:
    headers = sim.headers()
    await sim.post("/simulator/invalidate")

    answer = await sim.get("/wham/usage", **headers)

    assert answer.json["error"]["code"] == "token_invalidated"


async def test_limits_are_set(sim: Client) -> None:
    wanted = {"primary": {"used": 99, "left": 60}, "secondary": None}
    await sim.post("/simulator/limits", json=wanted)

    answer = await sim.say("hi")

    assert answer.headers["x-codex-primary-used-percent"] == "99"
    assert "x-codex-secondary-used-percent" not in answer.headers


async def test_an_account_may_have_limits_of_its_own(sim: Client) -> None:
    wanted = {"account": "anna", "primary": {"used": 99}}
    await sim.post("/simulator/limits", json=wanted)

    anna = replace(sim, label="anna")
    hers, others = await anna.get("/wham/usage"), await sim.get("/wham/usage")

    assert hers.json["rate_limit"]["primary_window"]["used_percent"] == 99
    assert others.json["rate_limit"]["primary_window"]["used_percent"] == 12
    assert (await sim.say("hi")).headers["x-codex-primary-used-percent"] == "12"
    await sim.post("/simulator/reset")
    again = await anna.get("/wham/usage")
    assert again.json["rate_limit"]["primary_window"]["used_percent"] == 12


async def test_counters_count_and_reset_forgets(sim: Client) -> None:
    await sim.say("hi")
    await sim.refresh(sim.simulator.make_tokens()["refresh_token"])
    counted = await counters(sim)
    await sim.post("/simulator/reset")

    assert counted["streams"]["finished"] == 1
    assert counted["refreshes"] == {"attempts": 1, "succeeded": 1, "most_at_once": 1}
    assert (await counters(sim))["streams"]["started"] == 0
    assert sim.simulator.requests() == []


def test_the_recorder_forgets_the_oldest() -> None:
    recorder = Recorder(limit=2)

    for path in ("/a", "/b", "/c"):
        recorder.open("GET", path, "", [])

    assert [request.path for request in recorder.requests()] == ["/b", "/c"]


def test_the_recorder_holds_a_bounded_number_of_bytes() -> None:
    recorder = Recorder(limit=10)
    half = bytes(MAX_BYTES // 2 + 1)

    for path in ("/a", "/b", "/c"):
        recorder.attach(recorder.open("POST", path, "", []), half)

    assert [request.path for request in recorder.requests()] == ["/c"]
