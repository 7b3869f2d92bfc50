"""The cache meter: what broke a conversation's beginning, and how much of it was cached."""

from typing import Any

import pytest
from msgspec import structs

from codex2api.ledger.cachemeter import CacheMeter, Conversation, Spent
from codex2api.ledger.prefixes import Prefix, first_break, likeness, prefix_of
from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import ResponsesRequest, TextOptions

TOOLS = [{"type": "function", "name": name} for name in ("read", "write", "run")]
CALL = {"type": "function_call", "call_id": "1", "name": "read", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "1", "output": "x"}


def said(role: str, text: str) -> dict[str, Any]:
    return message(role, [input_text(text)])


FIRST = ResponsesRequest(
    model="gpt-5.5", instructions="Be brief.", tools=TOOLS, input=[said("user", "Hello")]
)
SECOND = structs.replace(FIRST, input=[*FIRST.input, said("assistant", "Hi"), said("user", "So?")])


def prefix(request: ResponsesRequest, account: str = "work", model: str = "gpt-5.5") -> Prefix:
    return prefix_of(request, account, model)


def broken(**changes: Any) -> str | None:
    return first_break(prefix(SECOND), prefix(structs.replace(SECOND, **changes)))


def test_going_on_breaks_nothing() -> None:
    assert first_break(prefix(FIRST), prefix(SECOND)) is None
    assert first_break(prefix(SECOND), prefix(SECOND)) is None


def test_going_back_breaks_nothing() -> None:
    assert first_break(prefix(SECOND), prefix(FIRST)) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"instructions": "Be long."}, "instructions changed"),
        ({"instructions": None}, "instructions changed"),
        ({"text": TextOptions(format={"type": "json_object"})}, "text.format changed"),
        ({"tools": [*TOOLS[:2], {"type": "function", "name": "go"}]}, "tools[2] changed"),
        ({"tools": TOOLS[:2]}, "tools[2] is gone"),
        ({"tools": []}, "tools[0] is gone"),
        ({"tools": [*TOOLS, TOOLS[0]]}, "tools[3] was added"),
        ({"tools": TOOLS[::-1]}, "tools are in another order"),
        ({"input": [said("user", "Hullo"), *SECOND.input[1:]]}, "input[0] changed (user message)"),
        (
            {"input": [SECOND.input[0], CALL, OUTPUT]},
            "input[1] changed (assistant message -> function_call)",
        ),
        ({"instructions": "x", "tools": []}, "instructions changed"),
        ({"text": TextOptions(verbosity="low")}, None),
        ({"prompt_cache_key": "k", "parallel_tool_calls": True}, None),
    ],
)
def test_what_changed_first(changes: dict[str, Any], expected: str | None) -> None:
    assert broken(**changes) == expected


def test_a_cache_belongs_to_an_account_and_a_model() -> None:
    before = prefix(FIRST)
    assert first_break(before, prefix(FIRST, "home")) == "account changed: work -> home"
    other = first_break(before, prefix(FIRST, model="gpt-5.2"))
    assert other == "model changed: gpt-5.5 -> gpt-5.2"


def test_nothing_of_what_was_said_is_kept() -> None:
    kept = repr(prefix(structs.replace(SECOND, instructions="The dromedary swims.")))
    assert "dromedary" not in kept
    assert "Hello" not in kept


def test_likeness() -> None:
    other_text = structs.replace(FIRST, instructions="x")
    other_opening = structs.replace(FIRST, input=[said("user", "Title?")])
    neither = structs.replace(other_opening, instructions="x")
    found = [
        likeness(prefix(FIRST), prefix(other))
        for other in (SECOND, other_text, other_opening, neither)
    ]
    assert found == [2, 1, 1, 0]


def metered(*requests: ResponsesRequest, cached: int = 0, meter: CacheMeter | None = None) -> Any:
    meter = meter or CacheMeter()
    for at, request in enumerate(requests):
        meter.take("laptop", "conversation", prefix(request), Spent(at, 100, cached))
    (story,) = meter.conversations()
    return story


def test_a_conversation_adds_up() -> None:
    assert metered(FIRST, SECOND, cached=80) == Conversation(
        name="conversation",
        key="laptop",
        model="gpt-5.5",
        account="work",
        requests=2,
        input_tokens=200,
        cached_tokens=160,
        last_at=1,
        last_cached=0.8,
    )
    assert metered(FIRST, cached=50).cached_share == 0.5


def test_a_break_is_remembered() -> None:
    changed = structs.replace(SECOND, instructions="x")
    story = metered(FIRST, changed, changed)
    assert story.breaks == 1
    assert (story.last_break.what, story.last_break.at) == ("instructions changed", 1)


def test_a_clock_in_the_instructions_breaks_every_time() -> None:
    ticking = [structs.replace(SECOND, instructions=str(minute)) for minute in range(9)]
    assert metered(*ticking).breaks == 8


def test_a_title_asked_for_meanwhile_is_no_break() -> None:
    title = ResponsesRequest(
        model="gpt-5.5", instructions="Name this.", input=[said("user", "Talk: Hello")]
    )
    third = structs.replace(SECOND, input=[*SECOND.input, CALL, OUTPUT])
    assert metered(FIRST, title, SECOND, title, third).breaks == 0


def test_two_chats_that_begin_alike_are_told_apart() -> None:
    other = structs.replace(FIRST, input=[*FIRST.input, said("assistant", "Ho"), said("user", "?")])
    again = structs.replace(SECOND, input=[*SECOND.input, CALL, OUTPUT])
    assert metered(FIRST, SECOND, FIRST, other, again).breaks == 0


def test_without_usage_there_is_no_share() -> None:
    meter = CacheMeter()
    meter.take("laptop", "c", prefix(FIRST), Spent(0, 0, 0))
    (story,) = meter.conversations()
    assert (story.cached_share, story.last_cached) == (None, None)


def test_keys_do_not_share_conversations_and_the_latest_is_first() -> None:
    meter = CacheMeter()
    for key in ("a", "b", "a"):
        meter.take(key, "c", prefix(FIRST), Spent(0, 1, 0))
    found = [(story.key, story.requests) for story in meter.conversations()]
    assert found == [("a", 2), ("b", 1)]


def test_the_least_recently_used_is_forgotten() -> None:
    meter = CacheMeter(most=2)
    for name in ("1", "2", "1", "3"):
        meter.take("a", name, prefix(FIRST), Spent(0, 1, 0))
    assert [story.name for story in meter.conversations()] == ["3", "1"]
    meter.forget()
    assert meter.conversations() == []
