"""Reasoning is put back before the calls that it led to."""

from typing import Any

import pytest

from codex2api.protocol.items import Item, function_call, function_call_output, message
from codex2api.reasoning import ReasoningMemory


def thought(sealed: str) -> Item:
    return {"type": "reasoning", "summary": [], "encrypted_content": sealed}


def said(text: str) -> Item:
    return message("assistant", [{"type": "output_text", "text": text}])


def asked(text: str) -> Item:
    return message("user", [{"type": "input_text", "text": text}])


def remembering(*items: Item, **options: Any) -> ReasoningMemory:
    memory = ReasoningMemory(**options)
    hear(memory, *items)
    return memory


def hear(memory: ReasoningMemory, *items: Item) -> None:
    take = memory.watch()
    for item in items:
        take(item)


def call(name: str) -> Item:
    return function_call(name, "f", "{}")


def test_a_call_meets_its_reasoning_again() -> None:
    memory = remembering(thought("a"), call("1"))
    turn = [asked("go"), call("1"), function_call_output("1", "done")]

    assert memory.put_back(turn) == [turn[0], thought("a"), *turn[1:]]


def test_what_the_caller_has_sent_back_is_not_put_in_once_more() -> None:
    memory = remembering(thought("a"), call("1"), thought("b"), call("2"))
    turn = [thought("a"), call("1"), call("2")]

    assert memory.put_back(turn) == [thought("a"), call("1"), thought("b"), call("2")]


def test_parallel_calls_share_the_reasoning_before_the_first() -> None:
    memory = remembering(thought("a"), call("1"), call("2"), thought("b"), call("3"))

    assert memory.put_back([call("1"), call("2"), call("3")]) == [
        thought("a"),
        call("1"),
        call("2"),
        thought("b"),
        call("3"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        [thought("a"), said("I look."), call("1")],
        [said("I look."), thought("a"), call("1")],
        [thought("a"), thought("b"), call("1")],
    ],
)
def test_the_order_of_the_answer_comes_back(answer: list[Item]) -> None:
    memory = remembering(*answer)
    sent = [item for item in answer if item["type"] != "reasoning"]

    assert memory.put_back([asked("go"), *sent]) == [asked("go"), *answer]


def test_reasoning_that_led_to_words_alone_is_not_kept() -> None:
    memory = remembering(thought("a"), said("Hello."))

    assert memory.put_back([said("Hello."), call("1")]) == [said("Hello."), call("1")]


def test_reasoning_without_its_content_is_not_kept() -> None:
    memory = remembering({"type": "reasoning", "summary": []}, call("1"))

    assert memory.put_back([call("1")]) == [call("1")]


def test_answers_do_not_mix() -> None:
    memory = ReasoningMemory()
    first, second = memory.watch(), memory.watch()
    first(thought("a"))
    second(call("2"))
    first(call("1"))

    assert memory.put_back([call("2"), call("1")]) == [call("2"), thought("a"), call("1")]


def test_the_least_recently_used_is_forgotten_first() -> None:
    memory = remembering(thought("aaaa"), call("1"), thought("bbbb"), call("2"), most_bytes=8)
    memory.put_back([call("1")])
    hear(memory, thought("cccc"), call("3"))

    assert memory.put_back([call("1"), call("2"), call("3")]) == [
        thought("aaaa"),
        call("1"),
        call("2"),
        thought("cccc"),
        call("3"),
    ]


def test_one_that_is_too_large_is_not_kept() -> None:
    memory = remembering(thought("a" * 9), call("1"), most_bytes=8)

    assert memory.put_back([call("1")]) == [call("1")]
