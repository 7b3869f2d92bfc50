import asyncio

import pytest

from codex2api.simulator.backend.switches import MODES, BackendSwitches
from tests.simulator.asking import Client, classic, client


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic abc"])
async def test_no_good_bearer(sim: Client, header: str) -> None:
    answer = await sim.get("/wham/usage", Authorization=header)

    assert (answer.status, answer.json) == (401, {"detail": "Unauthorized"})


async def test_an_expired_token(sim: Client) -> None:
    old = sim.simulator.make_tokens(seconds=-1)["access_token"]

    answer = await sim.get("/wham/usage", Authorization=f"Bearer {old}")

    assert answer.status == 401
    assert answer.json["error"]["code"] == "token_expired"
    assert answer.json["status"] == 401


async def test_tokens_can_be_invalidated(sim: Client) -> None:
    before = sim.simulator.make_tokens()["access_token"]
    sim.simulator.state.tokens.invalidate_access()
    await asyncio.sleep(0.01)

    old = await sim.get("/wham/usage", Authorization=f"Bearer {before}")
    new = await sim.get("/wham/usage")

    assert old.json["error"]["code"] == "token_invalidated"
    assert new.status == 200


async def test_the_account_of_another(sim: Client) -> None:
    answer = await sim.get("/wham/usage", **{"ChatGPT-Account-ID": "other"})

    assert (answer.status, answer.json) == (
        403,
        {"detail": {"code": "invalid_workspace_selected"}},
    )


@pytest.mark.parametrize(
    ("mode", "status"),
    list(zip(MODES, [401, 401, 401, 401, 402, 403], strict=True)),
)
async def test_switches_refuse_so_many_times(sim: Client, mode: str, status: int) -> None:
    sim.simulator.state.backend_switches = BackendSwitches(mode, times=1)

    refused = await sim.ask(classic())

    assert refused.status == status
    assert (await sim.ask(classic())).status == 200


async def test_strangers_get_the_cloudflare_page() -> None:
    async with client(block_strangers=True) as sim:
        library = await sim.get("/wham/usage", **{"User-Agent": "python-requests/2"})
        person = await sim.get("/wham/usage")

        assert library.status == 403
        assert library.headers["cf-mitigated"] == "challenge"
        assert b"Cloudflare" in library.raw
        assert person.status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 405), ({"Upgrade": "websocket", "Connection": "Upgrade"}, 426)],
)
async def test_no_websocket_here(sim: Client, headers: dict[str, str], status: int) -> None:
    assert (await sim.get("/codex/responses", **headers)).status == status


async def test_unknown_paths(sim: Client) -> None:
    answer = await sim.get("/ps/plugins/installed")

    assert (answer.status, answer.json) == (404, {"detail": "Not Found"})
