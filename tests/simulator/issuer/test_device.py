from typing import Any

from codex2api.simulator.options import CLIENT_ID
from tests.simulator.asking import Answered, Client, client


async def start(sim: Client) -> dict[str, Any]:
    answer = await sim.post("/api/accounts/deviceauth/usercode", json={"client_id": CLIENT_ID})
    return answer.json


async def poll(sim: Client, started: dict[str, Any]) -> Answered:
    asked = {name: started[name] for name in ("device_auth_id", "user_code")}
    return await sim.post("/api/accounts/deviceauth/token", json=asked)


async def test_pending_is_403_and_404_in_turn(sim: Client) -> None:
    started = await start(sim)

    assert [(await poll(sim, started)).status for _ in range(3)] == [403, 404, 403]


async def test_the_interval_is_a_string(sim: Client) -> None:
    assert (await start(sim))["interval"] == "5"


async def test_an_approved_code_becomes_tokens(sim: Client) -> None:
    started = await start(sim)
    form = {"user_code": started["user_code"].lower()}
    page = await sim.post("/codex/device", data=form)

    granted = (await poll(sim, started)).json
    tokens = await sim.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": granted["authorization_code"],
            "code_verifier": granted["code_verifier"],
            "redirect_uri": f"{sim.simulator.issuer_url}/deviceauth/callback",
        },
    )

    assert page.status == 200
    assert "refresh_token" in tokens.json


async def test_a_code_may_be_denied_by_an_admin_call(sim: Client) -> None:
    started = await start(sim)
    decision = {"user_code": started["user_code"], "decision": "denied"}
    await sim.post("/simulator/device", json=decision)

    answer = await poll(sim, started)

    assert (answer.status, answer.json["error"]["code"]) == (400, "access_denied")


async def test_a_code_approves_itself_after_some_polls() -> None:
    async with client(device_polls=3) as sim:
        started = await start(sim)

        assert [(await poll(sim, started)).status for _ in range(3)] == [403, 404, 200]


async def test_no_device_codes_here() -> None:
    async with client(device_login=False) as sim:
        answer = await sim.post("/api/accounts/deviceauth/usercode", json={"client_id": CLIENT_ID})

        assert answer.status == 404


async def test_a_wrong_code_on_the_page(sim: Client) -> None:
    await start(sim)

    assert (await sim.post("/codex/device", data={"user_code": "NO"})).status == 404
