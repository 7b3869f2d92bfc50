import asyncio

import aiohttp
import pytest

from tests.simulator.asking import Client, classic, leave_when, user

CODES = [
    "context_length_exceeded", "insufficient_quota", "usage_not_included", "usage_limit_reached",
    "invalid_prompt", "cyber_policy", "bio_policy", "misalignment_policy_violation",
    "server_is_overloaded", "slow_down", "overloaded_error", "server_error",
]  # fmt: skip


async def test_every_failed_code(sim: Client) -> None:
    for code in CODES:
        answer = await sim.say(f"SCENARIO:failed:code={code}")
        assert answer.types[-1] == "response.failed"
        assert answer.final["error"]["code"] == code
        assert "response.output_text.delta" in answer.types


@pytest.mark.parametrize("again", ["0.05s", "35", "120ms"])
async def test_a_rate_limit_says_when_to_come_again(sim: Client, again: str) -> None:
    answer = await sim.say(f"SCENARIO:failed_early:code=rate_limit_exceeded:again={again}")

    assert f"try again in {again}" in answer.final["error"]["message"]


async def test_capacity_hides_behind_a_misleading_code(sim: Client) -> None:
    error = (await sim.say("SCENARIO:failed_early:code=at_capacity")).final["error"]

    assert error["code"] == "invalid_request_error"
    assert error["message"].startswith("Selected model is at capacity.")


async def test_failed_may_come_first_and_without_an_error(sim: Client) -> None:
    first = await sim.say("SCENARIO:failed_first:null=1")

    assert first.types == ["response.failed"]
    assert first.final["error"] is None


async def test_error_events_flat_and_nested(sim: Client) -> None:
    flat = (await sim.say("SCENARIO:error_flat")).events[-1]
    nested = (await sim.say("SCENARIO:error_nested")).events[-1]

    assert (flat["type"], flat["code"]) == ("error", "server_error")
    assert (nested["type"], nested["error"]["code"]) == ("error", "server_error")


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
async def test_incomplete_answers(sim: Client, reason: str) -> None:
    answer = await sim.say(f"SCENARIO:incomplete:reason={reason}")

    assert answer.types[-1] == "response.incomplete"
    assert answer.final["incomplete_details"] == {"reason": reason}


async def test_the_body_ends_without_an_end(sim: Client) -> None:
    answer = await sim.say("SCENARIO:cut")

    assert answer.types[-1] == "response.output_text.delta"


@pytest.mark.parametrize("name", ["cut_chunk", "reset", "completed_reset", "broken_chunk"])
async def test_the_connection_breaks(sim: Client, name: str) -> None:
    with pytest.raises(aiohttp.ClientError):
        await sim.say(f"SCENARIO:{name}")


@pytest.mark.parametrize("name", ["stall", "stall_first", "stall_comments", "hold", "hang"])
async def test_the_connection_stays_open(sim: Client, name: str) -> None:
    streams = sim.simulator.state.streams
    await leave_when(lambda: streams.running, sim.say(f"SCENARIO:{name}"))

    await asyncio.wait_for(streams.idle.wait(), 10)
    assert (streams.started, streams.finished) == (1, 0)


async def test_a_stall_may_go_on_with_comments(sim: Client) -> None:
    seen = b""
    url = f"{sim.simulator.backend_url}/codex/responses"
    body = classic(user("SCENARIO:stall_comments"))
    async with sim.http.post(url, json=body, headers=sim.headers()) as answer:
        async with asyncio.timeout(5):
            async for chunk in answer.content.iter_any():
                seen += chunk
                if seen.count(b"\n: simulated comment") >= 2:
                    break
    assert b"response.completed" not in seen


async def test_completed_twice_and_in_disorder(sim: Client) -> None:
    twice = await sim.say("SCENARIO:completed_twice")
    disorder = await sim.say("SCENARIO:disorder")

    assert twice.types.count("response.completed") == 2
    assert twice.types[-1] == "response.output_text.delta"
    assert disorder.types.index("response.output_text.delta") < disorder.types.index(
        "response.created"
    )


async def test_answers_that_are_no_events(sim: Client) -> None:
    html = await sim.say("SCENARIO:html")
    nothing = await sim.say("SCENARIO:no_events")

    assert html.headers["Content-Type"].startswith("text/html")
    assert (nothing.status, nothing.raw) == (200, b"")


async def test_bytes_that_are_no_text(sim: Client) -> None:
    noise = await sim.ask_raw(classic(user("SCENARIO:noise")))
    odd = await sim.ask_raw(classic(user("SCENARIO:bad_utf8")))

    for raw in (noise, odd):
        with pytest.raises(UnicodeDecodeError):
            raw.decode()
    assert b'"delta":"This \xff is"' in odd
    assert b"response.completed" in odd


async def test_odd_events_come_before_a_good_answer(sim: Client) -> None:
    raw = await sim.ask_raw(classic(user("SCENARIO:odd_events")))

    assert raw.startswith(b"data: []\n\ndata: null\n\n")
    assert raw.count(b"response.completed") == 2


async def test_an_endless_stream_ends_when_the_client_leaves(sim: Client) -> None:
    streams = sim.simulator.state.streams
    await leave_when(lambda: streams.bytes_sent > 100_000, sim.say("SCENARIO:endless:d=5"))

    await asyncio.wait_for(streams.idle.wait(), 10)
    sent = streams.bytes_sent
    await asyncio.sleep(0.05)
    assert streams.bytes_sent == sent


async def test_a_gzip_bomb_unpacks_to_what_it_says(sim: Client) -> None:
    raw = await sim.ask_raw(classic(user("SCENARIO:gzip_bomb:mb=2")))

    assert len(raw) == 2 * 1024 * 1024


async def test_too_many_headers(sim: Client) -> None:
    few = await sim.say("SCENARIO:many_headers:n=2")

    assert len(few.headers["x-simulated-1"]) == 8000
    with pytest.raises(aiohttp.ClientError):
        await sim.say("SCENARIO:many_headers")


async def test_early_hints(sim: Client) -> None:
    assert (await sim.say("SIM:hints=1")).types[-1] == "response.completed"


async def test_an_error_that_quotes_the_bearer(sim: Client) -> None:
    headers = sim.headers()
    answer = await sim.ask(classic(user("SCENARIO:echo_secret")), **headers)

    assert headers["Authorization"] in answer.json["detail"]


@pytest.mark.parametrize("text", ["SIM:close=nonsense", "SCENARIO:text:close=x"])
async def test_parameters_that_are_nonsense(sim: Client, text: str) -> None:
    answer = await sim.say(text)

    assert (answer.status, answer.json["detail"][:13]) == (400, "Unknown close")


HTTP = {
    "usage_not_included": 429, "rate_limited": 429, "overloaded": 503, "unavailable": 503,
    "too_large": 413, "bad_gateway": 502, "policy": 400, "unauthorized": 401,
    "token_expired": 401, "deactivated_workspace": 402, "cloudflare": 403, "http:status=418": 418,
    "http:status=502:html=1": 502, "bad_gateway:status=524": 524, "echo_secret": 500,
}  # fmt: skip


@pytest.mark.parametrize(("name", "status"), HTTP.items())
async def test_http_faults(sim: Client, name: str, status: int) -> None:
    assert (await sim.say(f"SCENARIO:{name}")).status == status


async def test_a_redirect_leads_away(sim: Client) -> None:
    url = f"{sim.simulator.backend_url}/codex/responses"
    body = classic(user("SCENARIO:redirect"))
    options = {"json": body, "headers": sim.headers(), "allow_redirects": False}
    async with sim.http.post(url, **options) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/")


@pytest.mark.parametrize("name", ["close_early", "reset_early"])
async def test_no_status_line(sim: Client, name: str) -> None:
    with pytest.raises(aiohttp.ClientError):
        await sim.say(f"SCENARIO:{name}")


async def test_fails_so_often_then_succeeds(sim: Client) -> None:
    text = "SCENARIO:unavailable:times=2"

    assert [(await sim.say(text)).status for _ in range(4)] == [503, 503, 200, 200]
