"""What each scenario says, as a client folds it."""

import json
from typing import Any

import jsonschema
import pytest

from codex2api.protocol.events import parse_events
from codex2api.protocol.fold import fold
from codex2api.simulator.scenarios.choose import NAMES
from codex2api.simulator.scenarios.registry import WRITERS
from tests.simulator.asking import Answered, Client, call, classic, client, function, output, user

ADD = function("add", a={"type": "number"}, b={"type": "number"})
MUL = function("mul", a={"type": "number"})
PATCH = {"type": "custom", "name": "apply_patch"}
SUMMARY = {"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]}

TEXT_ORDER = [
    "codex.rate_limits",
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def squeezed(types: list[str]) -> list[str]:
    """Types with repetitions of one type in a row taken together."""
    return [kind for i, kind in enumerate(types) if i == 0 or types[i - 1] != kind]


async def test_plain_text_in_the_documented_order(sim: Client) -> None:
    answer = await sim.say("Grüße 🌍")

    assert squeezed(answer.types) == TEXT_ORDER
    assert answer.text == answer.deltas == "This is a simulated answer. You said: Grüße 🌍"


async def test_numbers_rise_by_one(sim: Client) -> None:
    answer = await sim.say("SCENARIO:reasoning", **SUMMARY)

    numbered = [e["sequence_number"] for e in answer.events if "sequence_number" in e]
    assert numbered == list(range(len(numbered)))


async def test_ids_differ_between_answers(sim: Client) -> None:
    first, second = await sim.say("hi"), await sim.say("hi")

    assert first.final["id"] != second.final["id"]
    assert first.items[0]["id"] != second.items[0]["id"]


async def test_so_many_deltas_of_such_a_size(sim: Client) -> None:
    answer = await sim.say("SIM:n=200:size=10")

    deltas = [e["delta"] for e in answer.events if e["type"].endswith("text.delta")]
    assert len(deltas) == 200
    assert {len(delta) for delta in deltas[1:]} == {10}
    assert answer.text.startswith("This is a simulated answer.")


async def test_output_is_empty_at_the_end_unless_asked_for(sim: Client) -> None:
    usual, full = await sim.say("hi"), await sim.say("hi SIM:full=1")

    assert usual.final["output"] == []
    assert full.final["output"] == full.items


async def test_summaries_come_in_parts(sim: Client) -> None:
    answer = await sim.say("SCENARIO:reasoning:parts=3", **SUMMARY)

    thought, said = answer.items
    assert (thought["type"], said["type"]) == ("reasoning", "message")
    assert len(thought["summary"]) == 3
    order = [kind.removeprefix("response.reasoning_summary_") for kind in answer.types]
    assert (
        squeezed([kind for kind in order if kind.startswith(("part", "text"))])
        == [
            "part.added",
            "text.delta",
            "text.done",
            "part.done",
        ]
        * 3
    )
    assert answer.final["usage"]["output_tokens_details"]["reasoning_tokens"] > 0


async def test_encrypted_reasoning_differs_until_done_and_is_taken_back(sim: Client) -> None:
    answer = await sim.say("SCENARIO:reasoning", **SUMMARY)

    added = next(e["item"] for e in answer.events if e["type"] == "response.output_item.added")
    done = answer.items[0]
    assert added["encrypted_content"] != done["encrypted_content"]
    again = await sim.ask(classic(user("a"), *answer.items, user("b")))
    assert again.status == 200


async def test_reasoning_shows_only_what_was_asked_for(sim: Client) -> None:
    thought = (await sim.say("SCENARIO:reasoning")).items[0]

    assert thought["summary"] == []
    assert "encrypted_content" not in thought


async def test_a_call_fits_its_schema(sim: Client) -> None:
    answer = await sim.say("SCENARIO:tool_call", tools=[ADD, MUL])

    made = answer.items[0]
    deltas = [e["delta"] for e in answer.events if e["type"].endswith("arguments.delta")]
    assert (made["type"], made["name"]) == ("function_call", "add")
    assert "".join(deltas) == made["arguments"]
    jsonschema.validate(json.loads(made["arguments"]), ADD["parameters"])


async def test_a_tool_by_name_with_arguments(sim: Client) -> None:
    answer = await sim.say('SCENARIO:tool_call:tool=mul:args={"a"=1}', tools=[ADD, MUL])

    assert answer.items[0]["name"] == "mul"


async def test_codex_is_asked_for_something_harmless(sim: Client) -> None:
    tools = [function("exec_command", cmd={"type": "string"})]

    made = (await sim.say("SCENARIO:tool_call", tools=tools)).items[0]

    assert json.loads(made["arguments"]) == {"cmd": "echo codex-tool-ok"}


@pytest.mark.parametrize(
    ("choice", "name"), [("required", "add"), ({"type": "function", "name": "mul"}, "mul")]
)
async def test_a_forced_call(sim: Client, choice: Any, name: str) -> None:
    answer = await sim.say("hi", tools=[ADD, MUL], tool_choice=choice)

    assert [item["name"] for item in answer.items] == [name]


async def test_after_the_tool_the_answer(sim: Client) -> None:
    history = [user("SCENARIO:tool_call"), call("c1", "add"), output("c1", "4")]

    answer = await sim.ask(classic(*history, tools=[ADD]))

    assert answer.text == "This is a simulated answer. The tool returned: 4"


async def test_several_rounds_of_calls(sim: Client) -> None:
    history = [user("SCENARIO:tool_call:rounds=2"), call("c1", "add"), output("c1", "4")]

    second = await sim.ask(classic(*history, tools=[ADD]))
    third = await sim.ask(classic(*history, call("c2", "add"), output("c2", "5"), tools=[ADD]))

    assert second.items[0]["type"] == "function_call"
    assert third.text.endswith("The tool returned: 5")


async def test_parallel_calls_follow_each_other(sim: Client) -> None:
    answer = await sim.say("SCENARIO:parallel_tools:calls=3", tools=[ADD, MUL])

    assert [item["name"] for item in answer.items] == ["add", "mul", "add"]
    assert len({item["call_id"] for item in answer.items}) == 3
    indexes = [e["output_index"] for e in answer.events if "output_index" in e]
    assert indexes == sorted(indexes)


async def test_interleaved_calls_take_turns(sim: Client) -> None:
    answer = await sim.say("SCENARIO:interleaved_tools", tools=[ADD, ADD | {"name": "add2"}])

    turns = [e["output_index"] for e in answer.events if e["type"].endswith("arguments.delta")]
    assert turns[:4] == [0, 1, 0, 1]
    for item in answer.items:
        jsonschema.validate(json.loads(item["arguments"]), ADD["parameters"])


async def test_a_call_without_deltas(sim: Client) -> None:
    answer = await sim.say("SCENARIO:silent_tool", tools=[ADD])

    assert "response.function_call_arguments.delta" not in answer.types
    assert json.loads(answer.items[0]["arguments"])


async def test_a_custom_call(sim: Client) -> None:
    answer = await sim.say("SCENARIO:custom_tool", tools=[ADD, PATCH])

    made = answer.items[0]
    assert (made["type"], made["name"]) == ("custom_tool_call", "apply_patch")
    assert made["input"].startswith("*** Begin Patch")


async def test_a_search_with_its_citation(sim: Client) -> None:
    answer = await sim.say("SCENARIO:web_search")

    search, said = answer.items
    annotation = said["content"][0]["annotations"][0]
    assert search["action"]["type"] == "search"
    assert annotation["type"] == "url_citation"
    assert annotation["end_index"] == len(answer.text)
    assert "response.output_text.annotation.added" in answer.types


async def test_an_image_as_big_as_wanted(sim: Client) -> None:
    answer = await sim.say("SCENARIO:image:kb=3000")

    assert answer.items[0]["type"] == "image_generation_call"
    assert len(answer.items[0]["result"]) > 3_000_000


async def test_a_refusal_is_a_completed_message(sim: Client) -> None:
    answer = await sim.say("SCENARIO:refusal")

    assert answer.items[0]["content"][0] == {
        "type": "refusal",
        "refusal": "This is a simulated refusal.",
    }
    assert answer.types[-1] == "response.completed"


async def test_commentary_comes_before_the_answer(sim: Client) -> None:
    answer = await sim.say("SCENARIO:commentary")

    assert [item["phase"] for item in answer.items] == ["commentary", "final_answer"]


async def test_an_answer_for_a_schema(sim: Client) -> None:
    schema = {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": {"type": "string"}}},
        "required": ["steps"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "name": "n", "strict": True, "schema": schema}

    answer = await sim.say("hi", text={"format": wanted})

    jsonschema.validate(json.loads(answer.text), schema)


async def test_any_json_object(sim: Client) -> None:
    answer = await sim.say("hi", text={"format": {"type": "json_object"}})

    assert json.loads(answer.text)["simulated"] is True


@pytest.mark.parametrize(("wanted", "usage"), [("null", None), ("partial", 3)])
async def test_usage_may_be_less(sim: Client, wanted: str, usage: int | None) -> None:
    final = (await sim.say(f"SIM:usage={wanted}")).final

    assert final["usage"] is None if usage is None else len(final["usage"]) == usage


async def test_the_turn_may_go_on(sim: Client) -> None:
    assert (await sim.say("SIM:end_turn=0")).final["end_turn"] is False


async def test_vocabulary_that_nobody_knows(sim: Client) -> None:
    answer = await sim.say("SIM:unknown=1:keepalive=1:metadata=1:obfuscate=1")

    assert {"response.simulated_novelty", "keepalive", "response.metadata"} <= set(answer.types)
    assert any("obfuscation" in event for event in answer.events)


async def test_an_unknown_scenario_is_named(sim: Client) -> None:
    answer = await sim.say("SCENARIO:nonsense")

    assert answer.status == 400
    assert answer.json["detail"].startswith("Unknown scenario: nonsense.")


@pytest.mark.parametrize("name", sorted(WRITERS))
async def test_every_scenario_can_be_folded(sim: Client, name: str) -> None:
    answer = await folded(sim, name)

    whole = fold(parse_events([json.dumps(event).encode() for event in answer.events]))

    assert whole.status == "completed"
    assert whole.output == answer.items


async def folded(sim: Client, name: str) -> Answered:
    text = {"format": {"type": "json_object"}} if name == "json" else {}
    return await sim.say(f"SCENARIO:{name}:mb=1", tools=[ADD, PATCH], text=text)


def test_names_are_told_apart() -> None:
    assert len(NAMES) == len(set(NAMES))


async def test_full_output_by_option() -> None:
    async with client(full_output=True) as sim:
        answer = await sim.say("hi")

        assert answer.final["output"] == answer.items
