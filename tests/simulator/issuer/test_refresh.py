import asyncio
from typing import Any

import aiohttp
import jwt
import pytest

from codex2api.simulator.issuer.switches import TokenSwitches
from codex2api.simulator.issuer.tokens import AUTH_CLAIM
from tests.simulator.asking import Client, leave_when


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def test_a_refresh_token_is_good_once(sim: Client) -> None:
    old = sim.simulator.make_tokens()["refresh_token"]

    first = await sim.refresh(old)
    again = await sim.refresh(old)

    assert first.json["refresh_token"] != old
    assert (again.status, again.json["error"]["code"]) == (401, "refresh_token_reused")
    assert again.json["error"]["message"].startswith("Your refresh token has already been used")
    assert (await sim.refresh(first.json["refresh_token"])).status == 200


async def test_a_form_does_as_well(sim: Client) -> None:
    fields = {
        "grant_type": "refresh_token",
        "client_id": sim.simulator.state.options.client_id,
        "refresh_token": sim.simulator.make_tokens()["refresh_token"],
        "scope": "openid profile email",
    }

    assert (await sim.post("/oauth/token", data=fields)).status == 200


async def test_tokens_of_nobody(sim: Client) -> None:
    answer = await sim.refresh("rt_unknown")

    assert (answer.status, answer.json["error"]["code"]) == (401, "refresh_token_invalidated")


async def test_claims_name_account_user_and_plan(sim: Client) -> None:
    tokens = sim.simulator.make_tokens("anna", seconds=60)

    access, identity = claims(tokens["access_token"]), claims(tokens["id_token"])

    assert access[AUTH_CLAIM]["chatgpt_account_id"] == tokens["account_id"]
    assert identity[AUTH_CLAIM]["chatgpt_plan_type"] == "plus"
    assert identity[AUTH_CLAIM]["organizations"][0]["is_default"] is True
    assert access["exp"] - access["iat"] == tokens["expires_in"] == 60


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("expired", 401, "refresh_token_expired"),
        ("invalidated", 401, "refresh_token_invalidated"),
        ("reused", 401, "refresh_token_reused"),
        ("server_error", 500, "server_error"),
    ],
)
async def test_faults_that_leave_the_token_alone(
    sim: Client, mode: str, status: int, code: str
) -> None:
    token = sim.simulator.make_tokens()["refresh_token"]
    sim.simulator.state.token_switches = TokenSwitches(mode, times=1)

    failed = await sim.refresh(token)

    assert (failed.status, failed.json["error"]["code"]) == (status, code)
    assert (await sim.refresh(token)).status == 200


async def test_invalid_grant_in_its_string_form(sim: Client) -> None:
    sim.simulator.state.token_switches = TokenSwitches("invalid_grant")

    answer = await sim.refresh(sim.simulator.make_tokens()["refresh_token"])

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("mode", "body"), [("html", b"<!doctype html>"), ("empty", b"{}"), ("cut_json", b'{"id_token"')]
)
async def test_answers_that_are_none(sim: Client, mode: str, body: bytes) -> None:
    sim.simulator.state.token_switches = TokenSwitches(mode)

    answer = await sim.refresh(sim.simulator.make_tokens()["refresh_token"])

    assert answer.raw.startswith(body)
    if mode == "cut_json":
        with pytest.raises(ValueError, match="Unterminated"):
            _ = answer.json


@pytest.mark.parametrize(("mode", "spent"), [("hang_before", False), ("hang_after", True)])
async def test_a_hang_spends_the_token_or_not(sim: Client, mode: str, spent: bool) -> None:
    token = sim.simulator.make_tokens()["refresh_token"]
    sim.simulator.state.token_switches = TokenSwitches(mode, times=1)

    await leave_when(lambda: sim.simulator.state.refreshes.running, sim.refresh(token))

    assert (await sim.refresh(token)).status == (401 if spent else 200)


@pytest.mark.parametrize(("mode", "spent"), [("close_before", False), ("close_after", True)])
async def test_a_closed_connection(sim: Client, mode: str, spent: bool) -> None:
    token = sim.simulator.make_tokens()["refresh_token"]
    sim.simulator.state.token_switches = TokenSwitches(mode, times=1)

    with pytest.raises(aiohttp.ClientError):
        await sim.refresh(token)

    assert (await sim.refresh(token)).status == (401 if spent else 200)


async def test_an_answer_without_refresh_token_keeps_the_old_one_good(sim: Client) -> None:
    token = sim.simulator.make_tokens()["refresh_token"]
    sim.simulator.state.token_switches = TokenSwitches("no_refresh_token", times=1)

    answer = await sim.refresh(token)

    assert "refresh_token" not in answer.json
    assert (await sim.refresh(token)).status == 200


async def test_an_answer_without_id_token(sim: Client) -> None:
    sim.simulator.state.token_switches = TokenSwitches("no_id_token")

    answer = await sim.refresh(sim.simulator.make_tokens()["refresh_token"])

    assert "id_token" not in answer.json


async def test_another_account_comes_back(sim: Client) -> None:
    tokens = sim.simulator.make_tokens()
    sim.simulator.state.token_switches = TokenSwitches("other_account")

    answer = await sim.refresh(tokens["refresh_token"])

    other = claims(answer.json["access_token"])[AUTH_CLAIM]["chatgpt_account_id"]
    assert other != tokens["account_id"]


async def test_refreshes_at_once_are_counted(sim: Client) -> None:
    sim.simulator.state.token_switches = TokenSwitches(delay=0.1)
    tokens = [sim.simulator.make_tokens()["refresh_token"] for _ in range(3)]

    await asyncio.gather(*map(sim.refresh, tokens))

    counts = sim.simulator.state.refreshes
    assert (counts.attempts, counts.succeeded, counts.running) == (3, 3, 0)
    assert counts.most_at_once == 3


async def test_revocation_is_remembered_and_works(sim: Client) -> None:
    token = sim.simulator.make_tokens()["refresh_token"]
    asked = {"token": token, "token_type_hint": "refresh_token", "client_id": "app"}

    assert (await sim.post("/oauth/revoke", json=asked)).status == 200

    assert sim.simulator.state.revoked == [asked]
    assert (await sim.refresh(token)).json["error"]["code"] == "refresh_token_invalidated"
