import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from codex2api.simulator.scenarios.entries import ScenarioError, parse_rules
from codex2api.simulator.scenarios.file import load_rules
from tests.simulator.asking import LITE, Client, client, function, lite, namespace, user

FILE = """
- name: weather
  match: {text: weather, tool: get_weather}
  times: 1
  events:
    - reasoning: [First, Second]
    - tool_call: {name: get_weather, arguments: {city: Rome}}
- match: {pattern: "^limit", model: gpt-5.5}
  fault: {status: 429, body: {error: {type: usage_limit_reached}}, headers: {x-a: 1}}
- match: broken
  events:
    - text: [one, " two"]
  fault: reset
- match: short
  scenario: "commentary:n=3"
- match: raw
  events:
    - {type: response.simulated_novelty, n: 1}
    - failed: {code: slow_down, message: later}
- match: page
  fault: {status: 502, body: "<html>simulated</html>"}
"""


def rules(text: str = FILE) -> Any:
    return parse_rules(yaml.safe_load(text))


def test_yaml_and_json_are_both_read(tmp_path: Path) -> None:
    plain, quoted = tmp_path / "a.yaml", tmp_path / "a.json"
    plain.write_text(FILE)
    quoted.write_text(json.dumps(yaml.safe_load(FILE)))

    assert load_rules(plain) == load_rules(quoted)
    assert len(load_rules(plain)) == 6


async def test_an_entry_may_be_for_one_account() -> None:
    entry = {"match": {"account": "anna"}, "events": [{"text": "Hello, Anna."}]}
    async with client(rules=parse_rules([entry])) as sim:
        assert "simulated answer" in (await sim.say("hi")).text
    async with client(rules=parse_rules([{**entry, "match": {"account": "demo"}}])) as sim:
        assert (await sim.say("hi")).text == "Hello, Anna."


async def test_events_in_shorthand_once_then_the_usual() -> None:
    async with client(rules=rules()) as sim:
        tools = [function("get_weather", city={"type": "string"})]
        first = await sim.say("the weather?", tools=tools)
        second = await sim.say("the weather?", tools=tools)

        assert [item["type"] for item in first.items] == ["reasoning", "function_call"]
        assert json.loads(first.items[1]["arguments"]) == {"city": "Rome"}
        assert first.types[-1] == "response.completed"
        assert second.items[0]["type"] == "message"


async def test_a_rule_needs_its_whole_match() -> None:
    async with client(rules=rules()) as sim:
        assert (await sim.say("the weather?")).items[0]["type"] == "message"
        assert (await sim.say("no limit")).status == 200
        assert (await sim.say("limit", model="gpt-5.2")).status == 200


async def test_faults_of_a_file() -> None:
    async with client(rules=rules()) as sim:
        limit = await sim.say("limit me")
        page = await sim.say("a page")

        assert (limit.status, limit.headers["x-a"]) == (429, "1")
        assert limit.json == {"error": {"type": "usage_limit_reached"}}
        assert page.headers["Content-Type"].startswith("text/html")
        with pytest.raises(aiohttp.ClientError):
            await sim.say("broken")


async def test_a_named_scenario_and_raw_events() -> None:
    async with client(rules=rules()) as sim:
        short = await sim.say("a short one")
        raw = await sim.say("raw")

        assert [item["phase"] for item in short.items] == ["commentary", "final_answer"]
        assert raw.types[-2:] == ["response.simulated_novelty", "response.failed"]


async def test_the_namespace_of_the_offered_tool_comes_back() -> None:
    entries = parse_rules([{"match": "add", "events": [{"tool_call": {"name": "add"}}]}])
    async with client(rules=entries) as sim:
        answer = await sim.ask(lite(user("add"), tools=namespace(function("add"))), **LITE)

        assert answer.items[0]["namespace"] == "functions"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("x", "entry 1: must have some of the keys"),
        ({}, "entry 1: needs one of scenario, events, fault."),
        ({"name": "n", "scenario": "nope"}, "entry 1 (n): there is no scenario 'nope'."),
        ({"evnts": []}, "entry 1: does not know 'evnts'; it knows"),
        ({"match": {"txt": "a"}, "fault": "reset"}, "entry 1: match: does not know 'txt'"),
        ({"match": {"text": 1}, "fault": "reset"}, "entry 1: match: text must be a text."),
        ({"match": {"pattern": "("}, "fault": "reset"}, "entry 1: match: the pattern is wrong"),
        ({"events": []}, "entry 1: events must be a list with at least one event."),
        ({"events": [{"txt": "a"}]}, "entry 1: event 1: does not know 'txt'"),
        ({"events": [{"tool_call": {}}]}, "entry 1: event 1: tool_call needs a name."),
        ({"events": [{"failed": "x"}]}, "entry 1: event 1: failed needs code and message."),
        ({"fault": "explode"}, "entry 1: fault is one of"),
        ({"fault": {"status": 99}}, "entry 1: fault needs a status from 200 to 599."),
        ({"fault": "reset", "times": 0}, "entry 1: times must be a whole number"),
    ],
)
def test_a_wrong_entry_is_named_in_one_sentence(entry: Any, sentence: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        parse_rules([entry])

    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"a: [", "neither YAML nor JSON"), (b"\xff\xfe\xff", "neither"), (b"a: 1", "is a list")],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError, match=sentence) as raised:
        load_rules(path)

    assert str(path) in str(raised.value)


async def test_rules_by_admin_call(sim: Client) -> None:
    entries = [{"match": "hello", "events": [{"text": "from a rule"}]}]

    added = await sim.post("/simulator/scenario", json=entries)
    wrong = await sim.post("/simulator/scenario", json=[{"match": "x"}])

    assert (await sim.say("hello")).text == "from a rule"
    assert added.json == {"rules": 1}
    assert (wrong.status, wrong.json["detail"]) == (
        400,
        "entry 1: needs one of scenario, events, fault.",
    )
