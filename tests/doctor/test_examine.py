"""Every finding that needs ChatGPT, against the simulated one."""

from pathlib import Path
from typing import Any

import pytest

from codex2api.doctor import Verdict
from codex2api.simulator.backend.limits import Window
from codex2api.simulator.backend.switches import BackendSwitches
from codex2api.simulator.issuer.switches import TokenSwitches
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import running_simulator
from codex2api.store.state import State
from tests.doctor.examined import findings, told, verdicts
from tests.served import sign_in


async def test_an_installation_that_is_well(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        found = await findings(tmp_path, simulator)

    assert verdicts(found) == {}
    assert "Signed in: default; its token is good for 10 d 0 h." in told(found["account"])
    assert "default (plus) can use " in told(found["access"])
    assert told(found["limits"]).startswith("ok: default: of its limits is used: 5h ")
    assert told(found["clock"]).startswith("ok: The clock is right (to ")
    assert "answers (in " in told(found["upstream"])


async def test_nobody_is_signed_in(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        found = await findings(tmp_path, simulator)

    assert told(found["account"]) == "problem: Nobody is signed in. -> codex2api login"
    assert found["account"].sign_in
    assert {"access", "limits"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("skew", "verdict"), [(41, "warning"), (-41, "warning"), (90, "problem"), (-90, "problem")]
)
async def test_a_clock_that_goes_wrong(tmp_path: Path, skew: float, verdict: str) -> None:
    async with running_simulator(SimulatorOptions(clock_skew=skew)) as simulator:
        found = await findings(tmp_path, simulator)

    assert found["clock"].verdict == verdict
    assert "differs by" in told(found["clock"])
    assert "timedatectl set-ntp true" in told(found["clock"])


async def test_the_front_door_turns_us_away(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        simulator.state.backend_switches = BackendSwitches("cloudflare")
        found = await findings(tmp_path, simulator)

    assert verdicts(found) == {"upstream": "problem", "access": "problem"}
    assert "(Cloudflare) turns this machine away" in told(found["upstream"])
    assert "Use another network" in told(found["upstream"])
    assert "<html" not in "".join(told(each) for each in found.values())


@pytest.mark.parametrize("mode", ["token_invalidated", "token_revoked", "unauthorized"])
async def test_a_sign_in_that_is_over(tmp_path: Path, mode: str) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        simulator.state.backend_switches = BackendSwitches(mode)
        simulator.state.token_switches = TokenSwitches("reused")
        found = await findings(tmp_path, simulator)

    assert verdicts(found) == {"access": "problem"}
    assert found["access"].sign_in
    assert told(found["access"]).endswith(" -> codex2api login")


async def test_a_refused_token_that_can_be_refreshed_is_no_problem(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        simulator.state.tokens.invalidate_access()
        found = await findings(tmp_path, simulator)

    assert verdicts(found) == {}


async def test_a_plan_without_access(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        simulator.state.backend_switches = BackendSwitches("deactivated_workspace")
        found = await findings(tmp_path, simulator)

    assert found["access"].verdict is Verdict.PROBLEM
    assert not found["access"].sign_in
    assert "deactivated" in told(found["access"])


async def test_a_window_that_is_empty(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        simulator.state.limits.primary = Window(100, 300, 3600)
        found = await findings(tmp_path, simulator)

    assert found["limits"].verdict is Verdict.WARNING
    assert "5-hour" in told(found["limits"])
    assert "codex2api login --account LABEL" in told(found["limits"])


async def test_nobody_answers(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {
        "backend.url": "http://127.0.0.1:1/backend-api",
        "oauth.issuer": "http://no-such-host.invalid",
    }
    found = await findings(tmp_path, None, **nowhere)

    assert "127.0.0.1 refused the connection." in told(found["upstream"])
    assert "no-such-host.invalid could not be resolved (DNS)." in told(found["issuer"])
    assert "clock" not in found


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        found = await findings(tmp_path, simulator, offline=True)

        assert simulator.requests() == []
    assert {"upstream", "issuer", "clock", "access", "limits"}.isdisjoint(found)
    assert "account" in found


async def test_the_database_of_this_version(tmp_path: Path) -> None:
    before = await findings(tmp_path, None, offline=True)
    database = tmp_path / "data" / "codex2api.db"
    assert not database.exists(), "a look makes nothing"
    state = State(database, 60, lambda: 0.0, 1, None)
    await state.start()
    await state.stores()
    await state.close()
    after = await findings(tmp_path, None, offline=True)
    database.write_text("no database " * 1000)
    damaged = await findings(tmp_path, None, offline=True)

    assert "There is no database yet" in told(before["database"])
    assert "reached and current" in told(after["database"])
    assert damaged["database"].verdict is Verdict.PROBLEM
    assert f"mv {database} {database}.damaged" in told(damaged["database"])
