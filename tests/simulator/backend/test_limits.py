from codex2api.simulator.backend.cache import PromptCache
from tests.simulator.asking import Client, classic, client, user


async def test_headers_event_and_usage_agree(sim: Client) -> None:
    answer = await sim.say("hi")
    usage = (await sim.get("/wham/usage")).json

    event = answer.events[0]
    assert event["type"] == "codex.rate_limits"
    assert event["rate_limits"]["primary"]["window_minutes"] == 300
    assert answer.headers["x-codex-primary-used-percent"] == "12"
    assert usage["rate_limit"]["primary_window"]["used_percent"] == 12
    assert usage["rate_limit"]["secondary_window"]["limit_window_seconds"] == 604_800


async def test_the_free_plan_has_one_long_window() -> None:
    async with client(limits="free", plan="free") as sim:
        answer = await sim.say("hi")

        assert answer.headers["x-codex-primary-window-minutes"] == "10080"
        assert "x-codex-secondary-used-percent" not in answer.headers
        assert answer.headers["x-codex-plan-type"] == "free"


async def test_limits_may_be_absent() -> None:
    async with client(limits="none") as sim:
        answer = await sim.say("hi")

        assert not [name for name in answer.headers if name.startswith("x-codex-primary")]
        assert answer.types[0] == "response.created"


async def test_a_reached_limit_has_headers_and_body(sim: Client) -> None:
    answer = await sim.say("SCENARIO:usage_limit:resets=7200")

    error = answer.json["error"]
    assert answer.status == 429
    assert (error["type"], error["resets_in_seconds"]) == ("usage_limit_reached", 7200)
    assert answer.headers["x-codex-primary-used-percent"] == "100"
    assert answer.headers["x-codex-primary-reset-at"] == str(error["resets_at"])
    assert answer.headers["x-codex-rate-limit-reached-type"] == "rate_limit_reached"


async def test_a_reached_limit_need_not_tell_when_it_ends(sim: Client) -> None:
    error = (await sim.say("SCENARIO:usage_limit:resets=none")).json["error"]

    assert "resets_at" not in error
    assert "resets_in_seconds" not in error


async def test_cached_tokens_grow_with_the_conversation(sim: Client) -> None:
    said = [user("word " * 200 + str(turn)) for turn in range(3)]

    counts = []
    for turn in range(3):
        answer = await sim.ask(classic(*said[: turn + 1], prompt_cache_key="k"))
        counts.append(answer.final["usage"]["input_tokens_details"]["cached_tokens"])

    assert counts[0] == 0
    assert 0 < counts[1] < counts[2]


def test_the_cache_is_by_account_and_key() -> None:
    cache = PromptCache()
    body = {"input": [user("x" * 400)], "prompt_cache_key": "k"}

    cache.count("a", body)

    assert cache.count("a", body)[1] > 0
    assert cache.count("b", body)[1] == 0
    assert cache.count("a", body | {"prompt_cache_key": "l"})[1] == 0
    assert cache.count("a", {"input": body["input"]})[1] == 0


async def test_accounts_check_names_the_origin(sim: Client) -> None:
    found = (await sim.get("/wham/accounts/check")).json["accounts"][0]

    assert found["id"] == sim.simulator.make_tokens()["account_id"]
    assert found["workspace_backend_origin"] == sim.simulator.url
    assert found["account_routing_override"] == "NO_CONSTRAINT"
