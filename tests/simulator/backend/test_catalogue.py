from typing import Any

import pytest

from codex2api.simulator.backend.switches import BackendSwitches
from tests.simulator.asking import Client, classic, client

PATH = "/codex/models?client_version="


async def slugs(sim: Client, version: str) -> list[str]:
    answer = await sim.get(f"{PATH}{version}")
    return [model["slug"] for model in answer.json["models"]]


async def models(sim: Client) -> dict[str, dict[str, Any]]:
    answer = await sim.get(f"{PATH}0.160.0")
    return {model["slug"]: model for model in answer.json["models"]}


async def test_newer_clients_see_more(sim: Client) -> None:
    old, new = await slugs(sim, "0.128.0"), await slugs(sim, "0.160.0")

    assert "gpt-5.5" in old
    assert "gpt-5.6-sol" not in old
    assert {"gpt-5.6-sol", "gpt-6-astra", "gpt-6.1-sol"} <= set(new)


async def test_rows_say_what_the_sheet_says(sim: Client) -> None:
    sol = (await models(sim))["gpt-5.6-sol"]

    assert sol["use_responses_lite"] is True
    assert [tier["id"] for tier in sol["service_tiers"]] == ["priority", "ultrafast"]
    assert [level["effort"] for level in sol["supported_reasoning_levels"]] == [
        "low", "medium", "high", "xhigh", "max", "ultra",
    ]  # fmt: skip
    assert (sol["default_reasoning_level"], sol["max_context_window"]) == ("low", 872_000)


async def test_the_order_is_that_of_priority(sim: Client) -> None:
    priorities = [model["priority"] for model in (await models(sim)).values()]

    assert priorities == sorted(priorities)


async def test_hidden_models_are_listed_as_hidden_and_answer(sim: Client) -> None:
    assert (await models(sim))["gpt-5.4"]["visibility"] == "hide"
    assert (await sim.ask(classic(model="gpt-5.4"))).status == 200


async def test_older_models_by_option() -> None:
    async with client(all_models=True) as sim:
        assert "gpt-5.1-codex-max" in await slugs(sim, "0.160.0")
        body = classic(model="gpt-5.1", reasoning={"effort": "none"})
        assert (await sim.ask(body)).status == 200


async def test_some_plans_see_less() -> None:
    async with client(plan="free") as sim:
        assert "gpt-6-astra" not in await slugs(sim, "0.160.0")


async def test_the_etag_saves_a_fetch(sim: Client) -> None:
    first = await sim.get(f"{PATH}0.160.0")
    again = await sim.get(f"{PATH}0.160.0", **{"If-None-Match": first.headers["ETag"]})
    turn = await sim.ask(classic(), version="0.160.0")

    assert (again.status, again.raw) == (304, b"")
    assert turn.headers["x-models-etag"] == first.headers["ETag"]


@pytest.mark.parametrize("query", ["/codex/models", f"{PATH}new"])
async def test_the_version_must_be_told(sim: Client, query: str) -> None:
    assert (await sim.get(query)).status == 400


async def test_the_catalogue_can_fail(sim: Client) -> None:
    sim.simulator.state.backend_switches = BackendSwitches(models_fail=True)

    assert (await sim.get(f"{PATH}0.160.0")).status == 500


async def test_an_effort_that_only_clients_know(sim: Client) -> None:
    async with client(strict=False) as lenient:
        ultra = await lenient.ask(classic(model="gpt-5.6-sol", reasoning={"effort": "ultra"}))
        most = await lenient.ask(classic(model="gpt-5.6-sol", reasoning={"effort": "max"}))

        assert (ultra.status, most.status) == (400, 200)
