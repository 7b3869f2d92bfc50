"""Against the simulated ChatGPT, which refuses what the real one is known to refuse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from codex2api.accounts.account import Credential
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Response
from codex2api.protocol.fold import fold
from codex2api.protocol.items import Item, function_call_output, input_image, input_text, message
from codex2api.protocol.request import ResponsesRequest, TextOptions
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from codex2api.upstream.backend import Backend
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Rules
from codex2api.upstream.usage import fetch_usage
from tests.upstream import adapters
from tests.upstream.calls import PAUSES

FUNCTION = {
    "type": "function",
    "name": "mcp.server/get weather",
    "description": "Weather",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CUSTOM = {"type": "custom", "name": "note", "description": "Notes"}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


class Session:
    """A signed-in account at a running simulator."""

    def __init__(self, simulator: RunningSimulator, backend: Backend, models: LiveModels) -> None:
        tokens = simulator.make_tokens()
        self.simulator = simulator
        self.backend = backend
        self.credential = Credential(tokens["access_token"], tokens["account_id"])
        self.models = models
        self.upstream = CodexUpstream(backend, models, rules=Rules(), idle_timeout=20)

    async def ask(self, model: str, *items: Item, **fields: Any) -> Response:
        request = ResponsesRequest(model=model, input=list(items), **fields)
        async with self.upstream.stream(request, self.credential) as accepted:
            return fold([event async for batch in accepted.batches for event in batch])

    def posts(self) -> int:
        return len(self.simulator.requests("/codex/responses", "POST"))


@asynccontextmanager
async def session(**options: Any) -> AsyncIterator[Session]:
    async with running_simulator(SimulatorOptions(**options)) as simulator, adapters.http() as http:
        backend = Backend(http, url=simulator.backend_url, pauses=PAUSES)
        models = LiveModels(backend)
        try:
            yield Session(simulator, backend, models)
        finally:
            await models.close()


def user(*parts: str | dict[str, Any]) -> Item:
    return message("user", [input_text(p) if isinstance(p, str) else p for p in parts])


def text_of(answer: Response) -> str:
    parts = [part for item in answer.output or () for part in item.get("content") or ()]
    return "".join(part.get("text", "") for part in parts)


def calls_of(answer: Response) -> list[Item]:
    return [item for item in answer.output or () if item["type"].endswith("_call")]


@pytest.mark.parametrize("strict", [True, False])
async def test_every_model_answers_at_once(strict: bool) -> None:
    async with session(strict=strict, block_strangers=True) as here:
        catalog = await here.models.catalog(here.credential)
        for spec in catalog.specs:
            answer = await here.ask(spec.slug, user("hello"), instructions="Be brief.")
            assert "You said: hello" in text_of(answer)

        assert catalog.complete
        assert {spec.slug for spec in catalog.specs} >= {"gpt-5.6-sol", "gpt-5.5", "gpt-6.1-sol"}
        assert here.posts() == len(catalog.specs)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("model", ["gpt-5.5", "gpt-5.6-terra-xhigh"])
class TestBothShapes:
    async def test_a_round_with_tools_and_reasoning(self, model: str, strict: bool) -> None:
        async with session(strict=strict) as here:
            opening = user("SCENARIO:reasoning_tool")
            tools = [FUNCTION, CUSTOM]
            first = await here.ask(model, opening, tools=tools, parallel_tool_calls=True)
            [call] = calls_of(first)
            assert call["name"] == FUNCTION["name"]
            assert "namespace" not in call

            output = function_call_output(call["call_id"], "sunny")
            second = await here.ask(model, opening, *(first.output or ()), output, tools=tools)

            assert "sunny" in text_of(second)
            assert here.posts() == 2

    async def test_parallel_and_custom_calls(self, model: str, strict: bool) -> None:
        async with session(strict=strict) as here:
            several = await here.ask(model, user("SCENARIO:parallel_tools"), tools=[FUNCTION])
            custom = await here.ask(model, user("SCENARIO:custom_tool"), tools=[FUNCTION, CUSTOM])

        assert {call["name"] for call in calls_of(several)} == {FUNCTION["name"]}
        assert [call["name"] for call in calls_of(custom)] == ["note"]

    async def test_a_forced_tool(self, model: str, strict: bool) -> None:
        choice = {"type": "function", "name": FUNCTION["name"]}
        async with session(strict=strict) as here:
            answer = await here.ask(model, user("hi"), tools=[FUNCTION], tool_choice=choice)

        assert [call["name"] for call in calls_of(answer)] == [FUNCTION["name"]]

    async def test_images_and_structured_output(self, model: str, strict: bool) -> None:
        schema = {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "required": ["a"],
            "additionalProperties": False,
        }
        form = {"type": "json_schema", "name": "n", "strict": True, "schema": schema}
        shown = user("what is it?", input_image(PIXEL, "high"))
        async with session(strict=strict) as here:
            answer = await here.ask(model, shown, text=TextOptions(verbosity="low", format=form))

        assert text_of(answer).startswith('{"a":')

    async def test_a_system_message_in_the_input(self, model: str, strict: bool) -> None:
        system = message("system", [input_text("Be brief.")])
        async with session(strict=strict) as here:
            assert "You said: hi" in text_of(await here.ask(model, system, user("hi")))

    async def test_a_hosted_tool(self, model: str, strict: bool) -> None:
        only_lite = strict and model != "gpt-5.5"
        async with session(strict=strict) as here:
            request = ResponsesRequest(
                model=model,
                input=[user("SCENARIO:web_search")],
                tools=[{"type": "web_search_preview"}],
            )
            async with here.upstream.stream(request, here.credential) as accepted:
                dropped = accepted.dropped
                answer = fold([event async for batch in accepted.batches for event in batch])

            assert "You said" in text_of(answer)
            assert dropped == (("tools:web_search",) if only_lite else ())
            assert here.posts() == (2 if only_lite else 1)


@pytest.mark.parametrize(
    ("marker", "kind"),
    [
        ("usage_limit", Kind.LIMIT_REACHED),
        ("usage_not_included", Kind.PLAN_LACKS_ACCESS),
        ("rate_limited:after=3", Kind.RATE_LIMITED),
        ("overloaded", Kind.OVERLOADED),
        ("unavailable", Kind.UPSTREAM_UNAVAILABLE),
        ("too_large", Kind.BODY_TOO_LARGE),
        ("bad_gateway", Kind.UPSTREAM_UNAVAILABLE),
        ("policy", Kind.CONTENT_POLICY),
        ("redirect", Kind.UPSTREAM_UNAVAILABLE),
        ("echo_secret", Kind.UPSTREAM_UNAVAILABLE),
        ("close_early", Kind.UPSTREAM_UNAVAILABLE),
        ("reset_early", Kind.UPSTREAM_UNAVAILABLE),
        ("unauthorized", Kind.SIGN_IN_REQUIRED),
        ("token_expired", Kind.SIGN_IN_REQUIRED),
        ("token_invalidated", Kind.SIGN_IN_REQUIRED),
        ("token_revoked", Kind.SIGN_IN_REQUIRED),
        ("deactivated_workspace", Kind.PLAN_LACKS_ACCESS),
        ("cloudflare", Kind.UPSTREAM_BLOCKED),
        ("failed:code=context_length_exceeded", Kind.CONTEXT_TOO_LONG),
        ("failed_early:code=at_capacity", Kind.OVERLOADED),
        ("failed_first:code=usage_limit_reached", Kind.LIMIT_REACHED),
        ("failed:null=1", Kind.UPSTREAM_UNAVAILABLE),
        ("error_flat", Kind.UPSTREAM_UNAVAILABLE),
        ("error_nested:code=slow_down", Kind.OVERLOADED),
        ("error_first", Kind.UPSTREAM_UNAVAILABLE),
        ("cut", Kind.UPSTREAM_UNAVAILABLE),
        ("cut_chunk", Kind.UPSTREAM_UNAVAILABLE),
        ("reset", Kind.UPSTREAM_UNAVAILABLE),
    ],
)
async def test_failures(marker: str, kind: Kind) -> None:
    async with session() as here:
        with pytest.raises(ApiError) as caught:
            await here.ask("gpt-5.5", user(f"SCENARIO:{marker}"))
        assert here.posts() <= 4

    assert caught.value.kind is kind
    assert "eyJ" not in caught.value.message
    assert "<" not in caught.value.message


async def test_a_limit_tells_when_it_refills() -> None:
    async with session() as here:
        with pytest.raises(ApiError) as caught:
            await here.ask("gpt-5.5", user("SCENARIO:usage_limit:resets=7200"))

    assert "5-hour limit of your ChatGPT Plus plan" in caught.value.message
    assert caught.value.retry_after is not None
    assert abs(caught.value.retry_after - 7200) < 60


async def test_an_unknown_model_is_refused_without_asking() -> None:
    async with session() as here:
        with pytest.raises(ApiError) as caught:
            await here.ask("gpt-4", user("hi"))
        assert here.posts() == 0

    assert caught.value.kind is Kind.MODEL_NOT_FOUND
    assert "gpt-5.5" in caught.value.message


async def test_an_unknown_model_while_no_list_can_be_had() -> None:
    async with session() as here:
        here.simulator.state.backend_switches.models_fail = True
        with pytest.raises(ApiError) as caught:
            await here.ask("gpt-4", user("hi"))
        assert "You said" in text_of(await here.ask("gpt-5.6-sol", user("hi")))

    assert caught.value.kind is Kind.MODEL_NOT_FOUND


async def test_the_use_of_the_plan() -> None:
    async with session() as here:
        limits = await fetch_usage(here.backend, here.credential)

    assert limits.plan == "plus"
    assert {window.minutes for window in limits.windows if window.family == "codex"} == {
        300,
        10080,
    }
