from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from multidict import CIMultiDict

from tests.simulator.asking import CHALLENGE, REDIRECT, VERIFIER, Answered, Client, client

CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"


def query(**changes: Any) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": "openid profile email offline_access",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "state": "st",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


async def authorize(sim: Client, **changes: Any) -> Answered:
    url = f"{sim.simulator.issuer_url}/oauth/authorize"
    async with sim.http.get(url, params=query(**changes), allow_redirects=False) as answer:
        return Answered(answer.status, CIMultiDict(answer.headers), await answer.read())


def returned(answer: Answered) -> dict[str, str]:
    location = urlsplit(answer.headers["Location"])
    return {name: values[0] for name, values in parse_qs(location.query).items()}


async def exchange(sim: Client, code: str, **changes: str) -> Answered:
    fields = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return await sim.post("/oauth/token", data=fields | changes)


async def test_a_sign_in_ends_with_tokens_the_backend_takes(sim: Client) -> None:
    back = returned(await authorize(sim))

    assert back["state"] == "st"
    tokens = (await exchange(sim, back["code"])).json
    assert set(tokens) == {"id_token", "access_token", "refresh_token", "token_type", "expires_in"}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await sim.get("/wham/usage", **bearer)).status == 200


async def test_a_code_is_good_for_one_exchange(sim: Client) -> None:
    code = returned(await authorize(sim))["code"]

    assert (await exchange(sim, code)).status == 200
    again = await exchange(sim, code)

    assert (again.status, again.json["error"]["code"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 64},
        {"redirect_uri": "http://localhost:1457/auth/callback"},
        {"client_id": "another"},
    ],
)
async def test_an_exchange_must_match_its_request(sim: Client, changes: dict[str, str]) -> None:
    code = returned(await authorize(sim))["code"]

    assert (await exchange(sim, code, **changes)).status == 400


async def test_a_code_expires() -> None:
    async with client(code_seconds=0) as sim:
        code = returned(await authorize(sim))["code"]

        assert (await exchange(sim, code)).status == 400


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"response_type": "token"}, "response_type"),
        ({"client_id": "x"}, "client_id"),
        ({"code_challenge_method": "plain"}, "S256"),
        ({"code_challenge": "short"}, "code_challenge"),
        ({"scope": "email"}, "openid"),
        ({"state": None}, "state"),
        ({"redirect_uri": "https://localhost:1455/auth/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://example.com:1455/auth/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://localhost:1456/auth/callback"}, "1455"),
        ({"redirect_uri": "http://localhost:1455/elsewhere"}, "/auth/callback"),
    ],
)
async def test_a_wrong_request_is_named(sim: Client, changes: dict[str, str], word: str) -> None:
    answer = await authorize(sim, **changes)

    assert answer.status == 400
    assert word in answer.raw.decode()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("port", [1455, 1457])
async def test_the_registered_addresses(sim: Client, host: str, port: int) -> None:
    answer = await authorize(sim, redirect_uri=f"http://{host}:{port}/auth/callback")

    assert answer.status == 302


async def test_any_port_by_option() -> None:
    async with client(any_redirect_port=True) as sim:
        answer = await authorize(sim, redirect_uri="http://127.0.0.1:50123/auth/callback")

        assert answer.status == 302


async def test_a_person_may_say_no() -> None:
    async with client(consent="deny") as sim:
        back = returned(await authorize(sim))

        assert (back["error"], back["state"]) == ("access_denied", "st")
        assert "code" not in back


async def test_a_workspace_without_a_seat(sim: Client) -> None:
    await sim.post("/simulator/sign-in", json={"consent": "no_seat"})

    assert "missing_codex_entitlement" in returned(await authorize(sim))["error_description"]


async def test_the_state_may_come_back_longer(sim: Client) -> None:
    await sim.post("/simulator/sign-in", json={"state_suffix": ".onboarding_entrypoint=x"})

    assert returned(await authorize(sim))["state"] == "st.onboarding_entrypoint=x"


async def test_another_account_signs_in(sim: Client) -> None:
    await sim.post("/simulator/sign-in", json={"account": "anna"})
    tokens = (await exchange(sim, returned(await authorize(sim))["code"])).json

    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert claims["email"] == "anna@simulated.invalid"


@pytest.mark.parametrize(
    ("mode", "status", "lacks"),
    [("server_error", 500, "id_token"), ("no_id_token", 200, "id_token"), ("empty", 200, "x")],
)
async def test_an_exchange_may_fail(sim: Client, mode: str, status: int, lacks: str) -> None:
    await sim.post("/simulator/faults", json={"exchange": mode, "exchange_times": 1})
    code = returned(await authorize(sim))["code"]

    answer = await exchange(sim, code)

    assert answer.status == status
    assert lacks not in answer.json
    again = await exchange(sim, code)
    assert again.status == (200 if mode == "server_error" else 400)


async def test_the_page_has_a_button_that_leads_on() -> None:
    async with client(consent="page") as sim:
        page = await authorize(sim)
        pressed = await authorize(sim, simulator_consent="auto")

        assert page.status == 200
        assert b"<button" in page.raw
        assert "code" in returned(pressed)


async def test_the_api_key_exchange(sim: Client) -> None:
    grant = "urn:ietf:params:oauth:grant-type:token-exchange"
    answer = await sim.post("/oauth/token", data={"grant_type": grant, "subject_token": "x"})

    assert answer.json["access_token"].startswith("sk-simulated")


async def test_an_unknown_grant(sim: Client) -> None:
    answer = await sim.post("/oauth/token", data={"grant_type": "password"})

    assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type")
