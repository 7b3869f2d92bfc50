"""The checks themselves: what is not of the published schema is found out."""

from typing import Any

import pytest

from tests.conformance.published import check, check_answer

DELTA = {
    "type": "response.output_text.delta",
    "item_id": "msg_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "hi",
    "sequence_number": 1,
    "logprobs": [],
}
MODEL = {"id": "gpt-5.5", "object": "model", "created": 1, "owned_by": "openai"}
ERROR = {"message": "It broke.", "type": "server_error", "param": None, "code": None}


def test_good_ones_pass() -> None:
    check(DELTA, "ResponseStreamEvent")
    check_answer(DELTA, "/responses", "post", streamed=True)
    check_answer({"object": "list", "data": [MODEL]}, "/models", "get")
    check({"error": ERROR}, "ErrorResponse")


@pytest.mark.parametrize(
    ("value", "name", "reason"),
    [
        (DELTA | {"vendor": 1}, "ResponseStreamEvent", r"ResponseTextDeltaEvent.*vendor"),
        (DELTA | {"delta": 1}, "ResponseStreamEvent", r"\$\.delta: 1 is not of type"),
        (DELTA | {"type": "response.novelty"}, "ResponseStreamEvent", r"^ResponseStreamEvent"),
        ({"error": ERROR | {"trace": "x"}}, "ErrorResponse", r"\$\.error.*trace"),
        ({"error": {"message": "x"}}, "ErrorResponse", r"\$\.error.*required"),
        ({"object": "list", "data": [MODEL | {"id": 1}]}, "ListModelsResponse", r"data\[0\]\.id"),
        ({"object": "list", "data": [{}]}, "ListModelsResponse", r"data\[0\]"),
    ],
)
def test_bad_ones_are_found_out(value: Any, name: str, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        check(value, name)
