from typing import Any

import pytest

from codex2api.dialects.completions import COMPLETIONS
from codex2api.dialects.completions.continuation import continuing
from codex2api.errors import ApiError
from codex2api.protocol import json
from codex2api.protocol.bounds import Bounds
from codex2api.protocol.request import Reasoning, ResponsesRequest
from tests.dialects.completions.told import parsed, upstream


def user(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


def said(requests: Any) -> list[str]:
    return [request.input[0]["content"][0]["text"] for request in requests]


def refusal_of(**fields: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        upstream(**fields)
    assert caught.value.status == 400
    return caught.value


def test_a_prompt_is_what_the_model_has_to_continue() -> None:
    instructions, items = continuing("Once upon a", "")

    assert items == [user("Once upon a")]
    assert upstream(prompt="Once upon a") == [
        ResponsesRequest(
            model="gpt-5.5",
            instructions=instructions,
            input=items,
            reasoning=Reasoning(summary="none"),
        )
    ]


def test_a_suffix_makes_a_gap_to_be_filled() -> None:
    [request] = upstream(prompt="def f(", suffix="): pass")

    assert request.input == [user("<before>def f(</before><after>): pass</after>")]
    assert "gap" in str(request.instructions)


@pytest.mark.parametrize("prompt", ["", None, [""]])
def test_an_empty_prompt_lets_the_model_begin(prompt: Any) -> None:
    [request] = upstream(prompt=prompt)

    [item] = request.input
    assert item["role"] == "developer"
    assert "empty" in item["content"][0]["text"]


def test_several_prompts_are_asked_one_by_one_and_each_n_times() -> None:
    requests = upstream(prompt=["a", "b"], n=2)

    assert said(requests) == ["a", "a", "b", "b"]


@pytest.mark.parametrize("prompt", [[1, 2, 3], [[1, 2], [3]], ["a", 1], ["a", [1]]])
def test_tokens_are_refused_by_name(prompt: Any) -> None:
    error = refusal_of(prompt=prompt)

    assert error.param == "prompt"
    assert "tokens" in error.message


def test_a_small_request_cannot_ask_for_a_million_answers() -> None:
    assert refusal_of(prompt=[""] * 10_000, n=128).param == "prompt"


def test_an_empty_list_is_no_prompt() -> None:
    assert refusal_of(prompt=[]).param == "prompt"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": 5}, "prompt"),
        ({"prompt": [{}]}, "prompt[0]"),
        ({"model": ""}, "model"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"best_of": 21}, "best_of"),
        ({"best_of": 1, "n": 2}, "best_of"),
        ({"best_of": 0}, "best_of"),
        ({"echo": "yes"}, "echo"),
        ({"suffix": 1}, "suffix"),
        ({"stop": [1]}, "stop[0]"),
        ({"stream": 1}, "stream"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"logprobs": 6}, "logprobs"),
        ({"temperature": 2.1}, "temperature"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"logit_bias": {"1": "x"}}, "logit_bias"),
    ],
)
def test_wrong_values_are_refused_with_their_place(fields: dict[str, Any], param: str) -> None:
    assert refusal_of(**fields).param == param


@pytest.mark.parametrize("name", ["model", "prompt"])
def test_what_is_missing_is_named(name: str) -> None:
    body = {"model": "gpt-5.5", "prompt": "x"}
    del body[name]
    with pytest.raises(ApiError) as caught:
        COMPLETIONS.parse(json.encode(body))

    assert (caught.value.param, caught.value.code) == (name, "missing_required_parameter")


@pytest.mark.parametrize(
    ("fields", "bounds"),
    [
        ({}, Bounds(max_tokens=16)),
        ({"max_tokens": None, "stop": None}, Bounds(max_tokens=16)),
        ({"max_tokens": 0}, Bounds(max_tokens=0)),
        ({"max_tokens": 500, "stop": "\n"}, Bounds(stop=("\n",), max_tokens=500)),
        ({"max_tokens": 9, "stop": ["a", "", "b"]}, Bounds(stop=("a", "b"), max_tokens=9)),
    ],
)
def test_bounds(fields: dict[str, Any], bounds: Bounds) -> None:
    assert COMPLETIONS.bounds(parsed(**fields)) == bounds


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ({"best_of": 1}, ()),
        ({"best_of": 3, "n": 3}, ()),
        ({"best_of": 3, "n": 2}, ("best_of",)),
        ({"best_of": 3}, ("best_of",)),
        ({"best_of": 3, "n": None}, ("best_of",)),
        ({"best_of": None}, ()),
    ],
)
def test_as_many_candidates_as_choices_ask_for_nothing(
    fields: dict[str, Any], dropped: tuple[str, ...]
) -> None:
    body = json.encode({"model": "gpt-5.5", "prompt": "x"} | fields)

    assert COMPLETIONS.parse(body).survey.dropped == dropped
