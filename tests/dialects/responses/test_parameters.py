from typing import Any

import pytest

from codex2api.api.hot_routes import forgetful
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.parameters import RESPONSES_PARAMETERS
from codex2api.errors import ApiError
from codex2api.protocol.json import encode
from tests.conformance.published import properties_of
from tests.dialects.responses.requests import parsed


def test_every_public_parameter_has_a_row() -> None:
    public = properties_of("CreateResponse")
    assert public - set(RESPONSES_PARAMETERS.rows) == set()
    # The one we know beyond them: Codex sends it, also to servers other than its own.
    assert set(RESPONSES_PARAMETERS.rows) - public == {"client_metadata"}


def test_what_nobody_can_honour_is_named() -> None:
    survey = parsed(
        temperature=0.2,
        top_p=0.5,
        top_logprobs=3,
        max_tool_calls=2,
        truncation="auto",
        safety_identifier="s",
        user="u",
        stream_options={"include_obfuscation": True},
        moderation={"model": "m"},
        context_management=[{"type": "compaction"}],
        prompt_cache_retention="24h",
        stop=["x"],
    ).survey
    assert survey.dropped == (
        "temperature",
        "top_p",
        "top_logprobs",
        "max_tool_calls",
        "truncation",
        "safety_identifier",
        "user",
        "stream_options",
        "moderation",
        "context_management",
        "prompt_cache_retention",
        "stop",
    )


def test_what_happens_anyway_is_not_named() -> None:
    survey = parsed(
        stream=True,
        store=False,
        temperature=1,
        top_p=1.0,
        top_logprobs=0,
        max_output_tokens=None,
        truncation="disabled",
        stream_options={"include_obfuscation": False},
        metadata={},
        background=False,
        previous_response_id=None,
        conversation=None,
        prompt=None,
    ).survey
    assert (survey.dropped, survey.emulated) == ((), ())


def test_what_we_honour_ourselves_is_named() -> None:
    state = {
        "store": True,
        "previous_response_id": "resp_1",
        "conversation": {"id": "conv_1"},
        "background": True,
    }
    survey = parsed(metadata={"a": "b"}, stream=False, **state).survey
    assert (survey.dropped, survey.emulated) == ((), ("metadata", "stream", *state))


def test_what_would_change_the_answer_is_refused() -> None:
    with pytest.raises(ApiError) as raised:
        parsed(prompt={"id": "pmpt_1"})
    assert (raised.value.param, raised.value.code) == ("prompt", "unsupported_parameter")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("previous_response_id", "resp_1"),
        ("conversation", "conv_1"),
        ("conversation", {"id": "conv_1"}),
        ("background", True),
    ],
)
def test_what_needs_a_memory_is_refused_where_there_is_none(name: str, value: object) -> None:
    _, forgetful = forgetful_dialects()
    with pytest.raises(ApiError) as raised:
        forgetful.parse(encode({"model": "gpt-5.5", "input": "hi", name: value}))
    assert (raised.value.param, raised.value.code) == (name, "unsupported_parameter")


def test_a_wish_to_store_is_named_where_nothing_is_stored() -> None:
    chat, responses = forgetful_dialects()
    wish = {"model": "gpt-5.5", "store": True, "metadata": {"a": "b"}}
    said = [{"role": "user", "content": "hi"}]
    assert chat.parse(encode(wish | {"messages": said})).survey.dropped == ("store", "metadata")
    assert responses.parse(encode(wish | {"input": said})).survey.dropped == ("store",)


def forgetful_dialects() -> tuple[Dialect[Any], ...]:
    return forgetful([CHAT, RESPONSES])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": 5}, "model"),
        ({"input": 5}, "input"),
        ({"input": None}, "input"),
        ({"input": ["hi"]}, "input[0]"),
        ({"instructions": [{"role": "user", "content": "hi"}]}, "instructions"),
        ({"stream": "yes"}, "stream"),
        ({"tools": {}}, "tools"),
        ({"tools": [5]}, "tools[0]"),
        ({"tool_choice": 5}, "tool_choice"),
        ({"parallel_tool_calls": "yes"}, "parallel_tool_calls"),
        ({"reasoning": "high"}, "reasoning"),
        ({"reasoning": {"effort": 5}}, "reasoning.effort"),
        ({"reasoning": {"summary": "none"}}, "reasoning.summary"),
        ({"reasoning": {"context": "none"}}, "reasoning.context"),
        ({"text": {"verbosity": "huge"}}, "text.verbosity"),
        ({"text": {"format": "json"}}, "text.format"),
        ({"include": "x"}, "include"),
        ({"include": [5]}, "include[0]"),
        ({"metadata": {"a": 5}}, "metadata"),
        ({"temperature": 3}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": "9"}, "max_output_tokens"),
        ({"truncation": "both"}, "truncation"),
        ({"service_tier": "gold"}, "service_tier"),
        ({"user": 5}, "user"),
    ],
)
def test_wrong_values_are_refused_with_their_place(fields: dict[str, object], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        parsed(**fields)
    assert (raised.value.status, raised.value.param) == (400, param)


@pytest.mark.parametrize("name", ["model", "input"])
def test_a_missing_parameter_is_named(name: str) -> None:
    body = {"model": b'{"input":"hi"}', "input": b'{"model":"m"}'}[name]
    with pytest.raises(ApiError) as raised:
        RESPONSES.parse(body)
    assert (raised.value.param, raised.value.code) == (name, "missing_required_parameter")
