"""What can be said about a request without a backend."""

import msgspec
import pytest

from codex2api.protocol.items import input_text, message, output_text
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


def asked(*items: dict[str, object], **fields: object) -> ResponsesRequest:
    return ResponsesRequest(model="m", input=list(items), **fields)  # type: ignore[arg-type]


SAID = message("assistant", [output_text("hello")])


class TestConversation:
    def test_every_turn_has_the_same_names_and_place(self) -> None:
        first, later = asked(HI), asked(HI, SAID, message("user", [input_text("more")]))
        assert (first.names, first.place) == (later.names, later.place)

    def test_a_lone_text_is_the_same_in_either_form(self) -> None:
        assert asked({"role": "user", "content": "hi"}).names == asked(HI).names

    def test_a_system_text_that_changes_leaves_the_place(self) -> None:
        first, later = asked(HI, instructions="It is 9:00."), asked(HI, instructions="It is 9:01.")
        assert first.place == later.place
        assert first.names[0] != later.names[0]
        assert first.names[1] == later.names[1]

    def test_another_first_message_is_another_conversation(self) -> None:
        assert not set(asked(HI).names) & set(asked(message("user", [input_text("ho")])).names)

    def test_a_long_first_message_counts_to_its_end(self) -> None:
        one, other = (asked({"role": "user", "content": "x" * 100_000 + end}) for end in "ab")
        again = asked(message("user", [input_text("x" * 100_000 + "a")]), SAID)

        assert one.names == again.names
        assert not set(one.names) & set(other.names)

    def test_a_callers_key_decides_the_place(self) -> None:
        assert asked(HI, prompt_cache_key="mine").place == "mine"

    def test_a_copy_has_names_of_its_own(self) -> None:
        request = asked(HI)
        copy = msgspec.structs.replace(request, input=[message("user", [input_text("ho")])])
        assert request.names != copy.names

    @pytest.mark.parametrize("item", [SAID, THOUGHT, COMPACTED, {"role": "assistant"}])
    def test_it_is_under_way_once_a_model_has_spoken(self, item: dict[str, object]) -> None:
        assert asked(HI, item).under_way

    def test_it_begins_with_what_people_say(self) -> None:
        system, developer = {"role": "system", "content": "x"}, message("developer", [])
        assert not asked(system, developer, HI, {"role": "user", "content": "x"}).under_way
        assert not asked().under_way
