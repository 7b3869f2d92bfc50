from typing import Any

import pytest

from codex2api.errors import ApiError
from codex2api.protocol.items import Item
from tests.dialects.responses.requests import upstream

PNG = "data:image/png;base64,aGk="


def rebuilt(item: dict[str, Any]) -> Item:
    (only,) = upstream(input=[item]).input
    return only


def message(role: str, *parts: dict[str, Any], **more: Any) -> Item:
    return {"type": "message", "role": role, "content": list(parts)} | more


def said(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


def answered(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []} | more


CITATION = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"role": "user", "content": "hi"}, message("user", said("hi"))),
        ({"role": "system", "content": "s"}, message("system", said("s"))),
        ({"role": "developer", "content": "d"}, message("developer", said("d"))),
        ({"role": "assistant", "content": "a"}, message("assistant", answered("a"))),
        (message("assistant", said("a")), message("assistant", answered("a"))),
        (message("user", answered("u")), message("user", said("u"))),
        (message("user", {"type": "text", "text": "u"}), message("user", said("u"))),
        (
            message("assistant", {"type": "refusal", "refusal": "no"}),
            message("assistant", {"type": "refusal", "refusal": "no"}),
        ),
        (
            message(
                "assistant",
                answered("a", annotations=[CITATION], logprobs=[]),
                id="msg_1",
                status="completed",
                phase="final_answer",
                internal_chat_message_metadata_passthrough={"x": 1},
            ),
            message(
                "assistant",
                answered("a", annotations=[CITATION]),
                id="msg_1",
                phase="final_answer",
            ),
        ),
        (message("user", said("hi"), id="item_7"), message("user", said("hi"))),
        (
            message("user", {"type": "input_image", "image_url": PNG, "detail": "low"}),
            message("user", {"type": "input_image", "image_url": PNG, "detail": "low"}),
        ),
        (
            message(
                "user", {"type": "input_image", "image_url": "https://e.com/a", "detail": None}
            ),
            message("user", {"type": "input_image", "image_url": "https://e.com/a"}),
        ),
        (
            message("user", {"type": "input_file", "filename": "a.txt", "file_data": "aGk="}),
            message(
                "user",
                {
                    "type": "input_file",
                    "filename": "a.txt",
                    "file_data": "data:text/plain;base64,aGk=",
                },
            ),
        ),
        (
            message("user", {"type": "input_file", "file_data": "data:text/csv;base64,aGk="}),
            message(
                "user",
                {
                    "type": "input_file",
                    "filename": "file",
                    "file_data": "data:text/csv;base64,aGk=",
                },
            ),
        ),
        (
            message("user", {"type": "input_file", "file_url": "https://e.com/a.pdf"}),
            message("user", {"type": "input_file", "file_url": "https://e.com/a.pdf"}),
        ),
        (
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [],
                "content": None,
                "encrypted_content": "sealed",
                "status": "completed",
            },
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"},
        ),
        (
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_1",
                "name": "f",
                "namespace": "room",
                "arguments": "{}",
                "status": "completed",
                "caller": None,
            },
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_1",
                "name": "f",
                "namespace": "room",
                "arguments": "{}",
            },
        ),
        (
            {"type": "function_call_output", "id": "x", "call_id": "call_1", "output": "ok"},
            {"type": "function_call_output", "call_id": "call_1", "output": "ok"},
        ),
        (
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [answered("ok"), {"type": "input_image", "image_url": PNG}],
            },
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [said("ok"), {"type": "input_image", "image_url": PNG}],
            },
        ),
        (
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "n", "input": "i"},
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "n", "input": "i"},
        ),
        (
            {"type": "custom_tool_call_output", "id": "ctco_1", "call_id": "c", "output": ""},
            {"type": "custom_tool_call_output", "id": "ctco_1", "call_id": "c", "output": ""},
        ),
        (
            {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "q"},
            },
            {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "q"},
            },
        ),
        (
            {"type": "compaction_summary", "id": "cmp_1", "encrypted_content": "e"},
            {"type": "compaction", "id": "cmp_1", "encrypted_content": "e"},
        ),
        (
            {"type": "compaction", "id": "x", "encrypted_content": "e"},
            {"type": "compaction", "encrypted_content": "e"},
        ),
        (
            {
                "type": "local_shell_call",
                "id": "lsh_1",
                "call_id": "c",
                "status": "completed",
                "action": {"type": "exec", "command": ["ls"], "env": {}},
                "internal_chat_message_metadata_passthrough": {},
            },
            {
                "type": "local_shell_call",
                "id": "lsh_1",
                "call_id": "c",
                "status": "completed",
                "action": {"type": "exec", "command": ["ls"], "env": {}},
            },
        ),
        (
            {"type": "agent_message", "author": "a", "recipient": "b", "content": []},
            {"type": "agent_message", "author": "a", "recipient": "b", "content": []},
        ),
    ],
)
def test_items_are_rebuilt(item: dict[str, Any], expected: Item) -> None:
    assert rebuilt(item) == expected


def test_sound_passes_as_it_is() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}
    assert rebuilt(message("user", sound)) == message("user", sound)


def test_order_is_kept() -> None:
    roles = ["developer", "user", "system", "assistant", "user"]
    items = upstream(input=[{"role": role, "content": "x"} for role in roles]).input
    assert [item["role"] for item in items] == roles


def test_reasoning_that_cannot_be_replayed_is_left_out() -> None:
    items = [
        {"role": "user", "content": "hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    ]
    assert [item["type"] for item in upstream(input=items).input] == ["message", "function_call"]


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({}, "input[1].type"),
        ({"type": 5}, "input[1].type"),
        ({"type": None, "text": "x"}, "input[1].type"),
        ({"type": "item_reference", "id": "msg_1"}, "input[1]"),
        ({"id": "msg_1"}, "input[1]"),
        ({"type": "message", "content": "x"}, "input[1].role"),
        ({"role": "tool", "content": "x"}, "input[1].role"),
        ({"role": 5, "content": "x"}, "input[1].role"),
        ({"role": "user"}, "input[1].content"),
        ({"role": "user", "content": None}, "input[1].content"),
        ({"role": "user", "content": 5}, "input[1].content"),
        ({"role": "user", "content": ["x"]}, "input[1].content[0]"),
        ({"role": "user", "content": [{}]}, "input[1].content[0].type"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "input[1].content[0].type"),
        ({"role": "user", "content": [{"type": "refusal"}]}, "input[1].content[0].type"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input[1].content[0].text"),
        (
            {"role": "user", "content": [{"type": "input_text", "text": 5}]},
            "input[1].content[0].text",
        ),
        (
            {"role": "user", "content": [{"type": "input_image"}]},
            "input[1].content[0].image_url",
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": {"url": PNG}}]},
            "input[1].content[0].image_url",
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": PNG + "!"}]},
            "input[1].content[0].image_url",
        ),
        (
            {
                "role": "user",
                "content": [{"type": "input_image", "image_url": "data:text/html;base64,aGk="}],
            },
            "input[1].content[0].image_url",
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]},
            "input[1].content[0].file_id",
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]},
            "input[1].content[0].file_id",
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "file_data": "%"}]},
            "input[1].content[0].file_data",
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "file_data": "data:x"}]},
            "input[1].content[0].file_data",
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "filename": "a"}]},
            "input[1].content[0].file_url",
        ),
        (
            {"role": "assistant", "content": [{"type": "input_image", "image_url": PNG}]},
            "input[1].content[0].type",
        ),
        ({"type": "function_call", "name": "f", "arguments": ""}, "input[1].call_id"),
        ({"type": "function_call", "call_id": "c", "arguments": ""}, "input[1].name"),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": {}},
            "input[1].arguments",
        ),
        ({"type": "function_call_output", "output": "x"}, "input[1].call_id"),
        ({"type": "function_call_output", "call_id": "c"}, "input[1].output"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "input[1].output"),
        (
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "x"}]},
            "input[1].output[0].type",
        ),
        ({"type": "custom_tool_call", "call_id": "c", "name": "f"}, "input[1].input"),
        ({"type": "custom_tool_call_output", "output": "x"}, "input[1].call_id"),
    ],
)
def test_malformed_items_are_refused_with_their_place(item: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        upstream(input=[{"role": "user", "content": "hi"}, item])
    assert (raised.value.status, raised.value.param) == (400, param)


def test_the_place_counts_items_that_are_left_out() -> None:
    with pytest.raises(ApiError) as raised:
        upstream(input=[{"type": "reasoning", "summary": []}, {"type": "item_reference"}])
    assert raised.value.param == "input[1]"
