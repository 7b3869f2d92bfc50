"""Every parameter of the published API has its row."""

from typing import Any

import msgspec
import pytest

from codex2api.dialects.chat import CHAT
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.parameters import Fate
from codex2api.errors import ApiError
from codex2api.protocol import json
from tests.conformance.published import properties_of
from tests.dialects.chat.bodies import user

OURS = {"reasoning", "input"}
"""Rows that OpenAI does not have: what some clients send all the same."""

ROWS = CHAT.parameters.rows


def body(**fields: Any) -> bytes:
    return json.encode({"model": "gpt-5.5", "messages": [user()]} | fields)


def test_the_table_has_the_names_of_the_published_api() -> None:
    assert set(ROWS) - OURS == properties_of("CreateChatCompletionRequest")


def test_what_the_schema_reads_is_in_the_table() -> None:
    assert set(msgspec.structs.asdict(CHAT.parse(body()).request)) <= set(ROWS)


def test_what_is_mapped_is_in_the_schema() -> None:
    mapped = {name for name, row in ROWS.items() if row.fate in (Fate.MAPPED, Fate.EMULATED)}

    assert mapped <= set(ChatRequest.__struct_fields__)


def test_every_row_that_takes_something_away_says_why() -> None:
    assert all(row.note for row in ROWS.values() if row.fate in (Fate.DROPPED, Fate.REFUSED))


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 1, "top_p": 1.0, "n": 1, "presence_penalty": 0, "frequency_penalty": 0},
        {"stop": None, "seed": None, "logit_bias": {}, "logprobs": False, "store": False},
        {"modalities": ["text"], "audio": None, "metadata": {}, "stream": True},
        {"stream_options": {"include_usage": False}, "tools": [], "user": None},
    ],
)
def test_what_happens_anyway_is_not_reported(fields: dict[str, Any]) -> None:
    survey = CHAT.parse(body(**fields)).survey

    assert (survey.dropped, survey.emulated) == ((), ())


def test_what_is_dropped_is_named() -> None:
    fields = {
        "temperature": 0.2,
        "seed": 1,
        "logit_bias": {"50256": -100},
        "logprobs": True,
        "top_logprobs": 3,
        "metadata": {"a": "b"},
        "user": "u",
        "prediction": {"type": "content", "content": "x"},
        "safety_identifier": "s",
        "unheard_of": 1,
    }

    assert CHAT.parse(body(**fields)).survey.dropped == tuple(fields)


def test_metadata_are_of_stored_completions_only() -> None:
    labelled = {"metadata": {"a": "b"}}

    assert CHAT.parse(body(**labelled, store=False)).survey.dropped == ("metadata",)
    survey = CHAT.parse(body(**labelled, store=True)).survey
    assert (survey.dropped, survey.emulated) == ((), ("metadata", "store"))


def test_what_we_do_ourselves_is_named() -> None:
    fields = {
        "stream": False,
        "stream_options": {"include_usage": True},
        "n": 2,
        "stop": ["\n"],
        "max_tokens": 5,
        "max_completion_tokens": 5,
    }

    assert CHAT.parse(body(**fields)).survey.emulated == tuple(fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [("modalities", ["text", "audio"]), ("audio", {"voice": "alloy", "format": "wav"})],
)
def test_what_would_be_another_thing_altogether_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        CHAT.parse(body(**{name: value}))

    assert (caught.value.param, caught.value.code) == (name, "unsupported_parameter")
