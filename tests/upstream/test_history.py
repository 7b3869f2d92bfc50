"""What of a replayed conversation the backend may see."""

from typing import Any

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import input_text, message, output_text
from codex2api.upstream.history import clean_items

CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


def cleaned(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return list(clean_items(items))


def test_system_becomes_developer() -> None:
    assert cleaned(message("system", [input_text("x")])) == [
        message("developer", [input_text("x")])
    ]


@pytest.mark.parametrize(
    ("kind", "identity", "kept"),
    [
        ("message", "msg_1", True),
        ("message", "item_1", False),
        ("reasoning", "rs_1", True),
        ("function_call", "fc_1", True),
        ("function_call", "call_1", False),
        ("function_call_output", "fco_1", False),
        ("custom_tool_call", "ctc_1", True),
        ("web_search_call", "ws_1", True),
        ("image_generation_call", "ig_1", True),
        ("compaction", "cmp_1", True),
        ("message", None, False),
        ("message", 7, False),
    ],
)
def test_ids_with_a_foreign_prefix_are_taken_off(kind: str, identity: object, kept: bool) -> None:
    [item] = cleaned({"type": kind, "id": identity, "encrypted_content": "e"})

    assert item.get("id") == (identity if kept else None)
    assert ("id" in item) is kept


def test_states_and_remarks_of_the_server_are_taken_off() -> None:
    remark = {"internal_chat_message_metadata_passthrough": {}, "status": "completed"}
    search = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}

    assert cleaned(CALL | remark, search) == [CALL, search]


def test_reasoning_without_its_encrypted_content_is_worth_nothing() -> None:
    kept = {"type": "reasoning", "summary": [], "encrypted_content": "e"}

    assert cleaned(kept, {"type": "reasoning", "id": "rs_1", "summary": []}) == [kept]


def test_the_short_form_of_messages() -> None:
    assert cleaned({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}) == [
        message("user", [input_text("a")]),
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "b"}]},
    ]


def test_logprobs_do_not_go_back() -> None:
    said = message("assistant", [output_text("a") | {"logprobs": []}])

    assert cleaned(said) == [message("assistant", [output_text("a")])]
    assert "logprobs" in said["content"][0]


def test_unknown_items_pass() -> None:
    odd = {"type": "tomorrow", "x": 1}

    assert cleaned(odd) == [odd]


def test_references_cannot_be_resolved() -> None:
    with pytest.raises(ApiError) as caught:
        cleaned(CALL, {"type": "item_reference", "id": "msg_1"})

    assert (caught.value.kind, caught.value.param) == (Kind.BAD_REQUEST, "input[1]")
