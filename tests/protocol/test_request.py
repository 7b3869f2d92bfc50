"""What can be said about a request without a backend."""

from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import ResponsesRequest

HI = message("user", [input_text("hi")])
THOUGHT = {"type": "reasoning", "encrypted_content": "x"}
COMPACTED = {"type": "compaction", "encrypted_content": "x"}


def test_reasoning_can_be_left_out_and_compacted_history_cannot() -> None:
    request = ResponsesRequest(model="m", input=[COMPACTED, HI, THOUGHT], instructions="Be brief.")

    assert request.without_reasoning() == ResponsesRequest(
        model="m", input=[COMPACTED, HI], instructions="Be brief."
    )


def test_without_reasoning_there_is_nothing_to_leave_out() -> None:
    assert ResponsesRequest(model="m", input=[HI]).without_reasoning() is None
