"""The simulated official sign-in and its API are as strict as OpenAI's pages say."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator

AUTHORIZE = {
    "response_type": "code",
    "client_id": "dynamic_agent_client",
    "agent_name_hint": "a test",
    "ext_agent_host_id": "urn:uuid:1",
    "redirect_uri": "http://127.0.0.1:1/auth/callback",
    "scope": "openid chatgpt.tokens.use.direct",
    "resource": "https://api.openai.com/v1",
    "state": "s",
    "nonce": "n",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
}
BODY = {"model": "gpt-5.5", "store": False, "stream": True, "input": [], "instructions": "x"}
TURN = {"role": "user", "content": [{"type": "input_text", "text": "hi"}]}


class Asking:
    def __init__(self, simulator: RunningSimulator, http: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.http = http
        self.tokens = simulator.make_official_tokens()

    async def post(self, path: str, status: int, **options: Any) -> Any:
        async with self.http.post(f"{self.simulator.url}{path}", **options) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def respond(self, status: int, **body: Any) -> str:
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        body = {**BODY, "input": [TURN], **body}
        said: str = await self.post("/v1/responses", status, json=body, headers=bearer)
        return said

    async def refresh(self, status: int, **changes: str) -> str:
        form = {
            "grant_type": "refresh_token",
            "client_id": self.tokens["client_id"],
            "refresh_token": self.tokens["refresh_token"],
            "resource": AUTHORIZE["resource"],
        }
        said: str = await self.post("/api/accounts/oauth/token", status, data=form | changes)
        return said


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    async with (
        running_simulator(SimulatorOptions()) as simulator,
        aiohttp.ClientSession() as http,
    ):
        yield Asking(simulator, http)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "oaiapp_unknown"),
        ("agent_name_hint", ""),
        ("ext_agent_host_id", ""),
        ("redirect_uri", "http://localhost:1/auth/callback"),
        ("redirect_uri", "http://127.0.0.1:1/elsewhere"),
        ("scope", "openid"),
        ("resource", "https://elsewhere.example"),
        ("nonce", ""),
        ("state", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
    ],
)
async def test_a_page_for_good_requests_only(asking: Asking, name: str, value: str) -> None:
    query = urlencode(AUTHORIZE | {name: value})
    url = f"{asking.simulator.url}/api/accounts/authorize?{query}"
    async with asking.http.get(url, allow_redirects=False) as answer:
        assert answer.status == 400
        assert "Simulated official sign-in" in await answer.text()


async def test_a_refresh_that_comes_too_early_spends_the_token(asking: Asking) -> None:
    assert "invalid_grant" in await asking.refresh(400)
    asking.simulator.state.official.switches.window = 3600
    assert "invalid_grant" in await asking.refresh(400)


async def test_a_token_works_once_for_its_client_only(asking: Asking) -> None:
    asking.simulator.state.official.switches.window = 3600
    asking.tokens = asking.simulator.make_official_tokens()
    stranger = asking.simulator.state.official.register("ada")
    assert "invalid_refresh_token" in await asking.refresh(400, client_id=stranger)
    assert "invalid_target" in await asking.refresh(400, resource="https://elsewhere.example")
    assert "invalid_client" in await asking.refresh(401, client_id="dynamic_agent_client")
    assert "access_token" in await asking.refresh(200)
    assert "refresh_token_reused" in await asking.refresh(400)


@pytest.mark.parametrize(
    "field",
    [
        {"store": True},
        {"stream": False},
        {"input": "hi"},
        {"input": [{"role": "system", "content": "x"}]},
        {"temperature": 1},
        {"max_output_tokens": 5},
        {"previous_response_id": "resp_1"},
        {"client_metadata": {}},
        {"tools": [{"type": "image_generation"}]},
    ],
    ids=str,
)
async def test_the_api_refuses(asking: Asking, field: dict[str, Any]) -> None:
    await asking.respond(400, **field)


async def test_the_api_answers_and_tells_no_limits(asking: Asking) -> None:
    said = await asking.respond(200)
    assert "response.completed" in said
    assert "rate_limits" not in said


async def test_newer_models_are_hidden_from_who_names_no_version(asking: Asking) -> None:
    bearer = {"Authorization": f"Bearer {asking.tokens['access_token']}"}
    shown = []
    for query in ("", "?client_version=0.160.0"):
        url = f"{asking.simulator.api_url}/models{query}"
        async with asking.http.get(url, headers=bearer) as answer:
            shown.append({model["slug"] for model in (await answer.json())["models"]})
    assert "gpt-6.1-sol" in shown[1] - shown[0]


async def test_it_is_steered(asking: Asking) -> None:
    await asking.post("/simulator/official", 200, json={"api": "usage_limit", "api_times": 1})
    assert "usage_limit_exceeded" in await asking.respond(429)
    await asking.respond(200)
    await asking.post("/simulator/official", 200, json={"invalidate": True, "plan_use": False})
    assert "invalid_token" in await asking.respond(401)
    await asking.post("/simulator/reset", 200)
    assert asking.simulator.state.official.switches.plan_use


@pytest.mark.parametrize("wish", [{"api": "x"}, {"id_token": "x"}, {"refresh": "x"}, {"x": 1}])
async def test_nonsense_is_refused(asking: Asking, wish: dict[str, Any]) -> None:
    assert "unknown" in await asking.post("/simulator/official", 400, json=wish)
