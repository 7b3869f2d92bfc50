"""The backend's rules, applied to what callers wish."""

import copy
import uuid
from typing import Any

import pytest

from codex2api.catalog.models import ModelSpec, Resolved
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import input_text, message, output_text
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions
from codex2api.upstream.prepare import Prepared, PromptPolicy, Rules, prepare
from codex2api.upstream.shapes import Shape

SPEC = ModelSpec("m", ("low", "medium", "high"), "medium", tiers=("priority",))
LITE = ModelSpec("m", ("low", "high", "ultra"), "low", lite=True)
USER = message("user", [input_text("hi")])
FUNCTION = {"type": "function", "name": "add", "parameters": {"type": "object"}}
SEARCH = {"type": "web_search"}
ALLOWED = {
    "model", "instructions", "input", "store", "stream", "tools", "tool_choice",
    "parallel_tool_calls", "reasoning", "include", "prompt_cache_key", "service_tier", "text",
    "client_metadata",
}  # fmt: skip


def ready(
    spec: ModelSpec = SPEC,
    rules: Rules = Rules(),  # noqa: B008
    alias: str | None = None,
    shape: Shape = Shape.CLASSIC,
    **fields: Any,
) -> Prepared:
    request = ResponsesRequest(**({"model": "m", "input": [USER]} | fields))
    return prepare(request, Resolved(spec, alias), rules, shape)


def body(**fields: Any) -> dict[str, Any]:
    return ready(**fields).body


def test_the_smallest_request() -> None:
    prepared = ready(prompt_cache_key="k")

    assert prepared.body == {
        "model": "m",
        "store": False,
        "stream": True,
        "instructions": "",
        "input": [USER],
        "reasoning": {"effort": "medium", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "k",
    }
    assert (prepared.adjusted, prepared.dropped, prepared.slug) == ((), (), "m")


def test_what_the_dialect_left_out_is_reported_too() -> None:
    prepared = ready(dropped=("input.reasoning",), include=["x"])

    assert prepared.dropped == ("input.reasoning", "include:x")


@pytest.mark.parametrize("shape", Shape)
def test_only_allowed_fields_go_out(shape: Shape) -> None:
    sent = body(
        shape=shape,
        instructions="Be brief.",
        tools=[FUNCTION],
        tool_choice="required",
        parallel_tool_calls=True,
        reasoning=Reasoning(effort="low", summary="detailed", context="auto"),
        text=TextOptions(verbosity="low", format={"type": "json_object"}),
        include=["web_search_call.action.sources"],
        prompt_cache_key="k",
        service_tier="priority",
        client_metadata={"a": "b"},
        dropped=("n",),
    )

    assert set(sent) <= ALLOWED


@pytest.mark.parametrize("shape", Shape)
def test_the_callers_request_is_left_as_it_was(shape: Shape) -> None:
    request = ResponsesRequest(
        model="m",
        instructions="Be brief.",
        input=[
            message("system", [input_text("x")]),
            message("user", [{"type": "input_image", "image_url": "u", "detail": "high"}]),
            {"type": "reasoning", "id": "rs_1", "summary": [], "status": "completed"},
            {"type": "function_call", "id": "x", "call_id": "c", "name": "a.b", "arguments": ""},
        ],
        tools=[FUNCTION | {"name": "a.b"}, SEARCH, {"type": "namespace", "tools": [FUNCTION]}],
        tool_choice={"type": "function", "name": "a.b"},
    )
    before = copy.deepcopy(request)

    first = prepare(request, Resolved(SPEC), Rules(PromptPolicy.PREPEND), shape)

    assert request == before
    assert first == prepare(request, Resolved(SPEC), Rules(PromptPolicy.PREPEND), shape)


class TestEffort:
    @pytest.mark.parametrize(
        ("asked", "alias", "default", "sent", "adjusted"),
        [
            (None, None, None, "medium", ()),
            (None, None, "high", "high", ()),
            (None, "low", "high", "low", ()),
            ("medium", "low", "high", "medium", ()),
            ("minimal", None, None, "low", ("effort:minimal->low",)),
            (None, "xhigh", None, "high", ("effort:xhigh->high",)),
            (None, None, "none", "low", ("effort:none->low",)),
        ],
    )
    def test_precedence(
        self,
        asked: str | None,
        alias: str | None,
        default: str | None,
        sent: str,
        adjusted: tuple[str, ...],
    ) -> None:
        prepared = ready(
            rules=Rules(default_effort=default), alias=alias, reasoning=Reasoning(effort=asked)
        )

        assert prepared.body["reasoning"]["effort"] == sent
        assert prepared.adjusted == adjusted

    def test_without_a_default_of_its_own_a_model_thinks_medium(self) -> None:
        assert body(spec=ModelSpec("m", ("low", "medium")))["reasoning"]["effort"] == "medium"

    def test_ultra_is_max_on_the_wire(self) -> None:
        prepared = ready(spec=LITE, alias="ultra")

        assert prepared.body["reasoning"]["effort"] == "max"
        assert prepared.adjusted == ("effort:ultra->max",)

    def test_a_word_that_nobody_knows(self) -> None:
        with pytest.raises(ApiError) as caught:
            ready(reasoning=Reasoning(effort="enormous"))

        assert caught.value.kind is Kind.BAD_REQUEST
        assert caught.value.param == "reasoning.effort"
        assert "low, medium, high" in caught.value.message

    def test_a_new_word_of_the_catalogue_is_taken(self) -> None:
        spec = ModelSpec("m", ("low", "tera"))

        assert body(spec=spec, reasoning=Reasoning(effort="tera"))["reasoning"]["effort"] == "tera"

    def test_a_model_that_does_not_reason(self) -> None:
        prepared = ready(spec=ModelSpec("m"), reasoning=Reasoning(effort="high"))

        assert "reasoning" not in prepared.body
        assert prepared.dropped == ("reasoning.effort",)

    def test_an_unknown_model_gets_what_was_asked_and_nothing_more(self) -> None:
        unknown = ModelSpec("x", known=False)

        assert body(spec=unknown)["reasoning"] == {"summary": "auto"}
        asked = body(spec=unknown, reasoning=Reasoning(effort="huge"))["reasoning"]
        assert asked == {"effort": "huge", "summary": "auto"}


class TestSummary:
    def test_none_means_none(self) -> None:
        assert body(reasoning=Reasoning(summary="none"))["reasoning"] == {"effort": "medium"}

    def test_the_callers_word_counts(self) -> None:
        sent = body(reasoning=Reasoning(summary="detailed"))["reasoning"]

        assert sent["summary"] == "detailed"

    def test_no_thinking_no_summary(self) -> None:
        spec = ModelSpec("m", ("none", "low"), "none")

        assert body(spec=spec)["reasoning"] == {"effort": "none"}

    def test_a_model_without_summaries(self) -> None:
        spec = ModelSpec("m", ("low",), "low", summaries=False)
        prepared = ready(spec=spec, reasoning=Reasoning(summary="detailed"))

        assert prepared.body["reasoning"] == {"effort": "low"}
        assert prepared.dropped == ("reasoning.summary",)
        assert ready(spec=spec).dropped == ()


class TestText:
    def test_the_operators_verbosity_is_a_default(self) -> None:
        rules = Rules(default_verbosity="high")

        assert body(rules=rules)["text"] == {"verbosity": "high"}
        assert body(rules=rules, text=TextOptions(verbosity="low"))["text"] == {"verbosity": "low"}

    def test_a_model_without_verbosity(self) -> None:
        spec = ModelSpec("m", ("low",), verbosity=False)
        rules = Rules(default_verbosity="high")

        assert "text" not in body(spec=spec, rules=rules)
        assert ready(spec=spec, rules=rules).dropped == ()
        assert ready(spec=spec, text=TextOptions(verbosity="low")).dropped == ("text.verbosity",)

    def test_plain_text_needs_no_format(self) -> None:
        assert "text" not in body(text=TextOptions(format={"type": "text"}))
        schema = {"type": "json_schema", "name": "n", "schema": {}}
        assert body(text=TextOptions(format=schema))["text"] == {"format": schema}


@pytest.mark.parametrize(
    ("asked", "sent", "adjusted", "dropped"),
    [
        (None, None, (), ()),
        ("auto", None, (), ()),
        ("default", None, (), ()),
        ("priority", "priority", (), ()),
        ("fast", "priority", ("service_tier:fast->priority",), ()),
        ("ultrafast", None, (), ("service_tier",)),
        ("flex", None, (), ("service_tier",)),
    ],
)
def test_service_tiers(
    asked: str | None, sent: str | None, adjusted: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    prepared = ready(service_tier=asked)

    assert prepared.body.get("service_tier") == sent
    assert (prepared.adjusted, prepared.dropped) == (adjusted, dropped)


def packaged(policy: str) -> Rules:
    return Rules(PromptPolicy(policy), prompt=lambda slug: f"Packaged for {slug}.")


class TestPrompt:
    @pytest.mark.parametrize(
        ("policy", "own", "instructions"),
        [
            ("fill", None, "Packaged for m."),
            ("fill", "", ""),
            ("fill", "Mine.", "Mine."),
            ("off", None, ""),
            ("off", "Mine.", "Mine."),
            ("prepend", None, "Packaged for m."),
            ("prepend", "Mine.", "Packaged for m."),
        ],
    )
    def test_policies(self, policy: str, own: str | None, instructions: str) -> None:
        sent = body(rules=packaged(policy), instructions=own)

        assert sent["instructions"] == instructions
        moved = policy == "prepend" and own is not None
        first = message("developer", [input_text("Mine.")]) if moved else USER
        assert sent["input"][0] == first

    def test_system_text_in_the_input_counts_as_the_callers(self) -> None:
        items = [message("system", [input_text("Mine.")]), USER]

        assert body(rules=packaged("fill"), input=items)["instructions"] == ""


class TestTools:
    def test_what_makes_no_sense_without_tools_stays_out(self) -> None:
        prepared = ready(tool_choice="none", parallel_tool_calls=True)

        assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(prepared.body)
        assert prepared.dropped == ()
        assert ready(tool_choice="required").dropped == ("tool_choice",)

    def test_choice_and_parallel_calls(self) -> None:
        choice = {"type": "function", "name": "add"}
        sent = body(tools=[FUNCTION], tool_choice=choice, parallel_tool_calls=False)

        assert sent["tools"] == [FUNCTION]
        assert sent["tool_choice"] == choice
        assert sent["parallel_tool_calls"] is False
        assert body(tools=[FUNCTION])["tool_choice"] == "auto"

    def test_preview_names_of_the_search_tool(self) -> None:
        tools = [{"type": "web_search_preview_2025_03_11", "search_context_size": "low"}]

        assert body(tools=tools)["tools"] == [{"type": "web_search", "search_context_size": "low"}]


def test_includes() -> None:
    sources, logprobs = "web_search_call.action.sources", "message.output_text.logprobs"
    prepared = ready(include=[sources, "reasoning.encrypted_content", logprobs])

    assert prepared.body["include"] == ["reasoning.encrypted_content", sources]
    assert prepared.dropped == (f"include:{logprobs}",)


class TestCacheKey:
    def test_every_turn_of_a_conversation_gets_the_same_one(self) -> None:
        answer = message("assistant", [output_text("hello")])
        first = ready(instructions="Be brief.")
        later = ready(instructions="Be brief.", input=[USER, answer, message("user", [])])

        assert first.cache_key == later.cache_key == first.body["prompt_cache_key"]
        assert str(uuid.UUID(first.cache_key)) == first.cache_key

    @pytest.mark.parametrize(
        "other",
        [
            {"instructions": "Be long."},
            {"input": [message("user", [input_text("ho")])]},
            {"spec": ModelSpec("other", ("medium",))},
        ],
    )
    def test_another_beginning_gets_another_one(self, other: dict[str, Any]) -> None:
        assert ready(**other).cache_key != ready().cache_key

    def test_the_callers_own(self) -> None:
        assert ready(prompt_cache_key="mine").cache_key == "mine"
