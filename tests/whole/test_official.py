"""An account of OpenAI's official sign-in, from the browser to the answer, over real sockets."""

from pathlib import Path

import httpx2
from openai import AsyncOpenAI

from codex2api.simulator.backend.switches import BackendSwitches
from codex2api.simulator.issuer.switches import TokenSwitches
from tests.official import call, officially, path_of, sign_in_officially, stored_in
from tests.served import Served, sign_in


async def test_sign_in_by_route_then_a_streamed_and_a_whole_answer(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        async with httpx2.AsyncClient(
            base_url=product.url, headers=product.bearer, timeout=60
        ) as http:
            started = (await http.post("/auth/login", json={"official": True})).json()
            browser = await http.get(started["authorization_url"], follow_redirects=True)
            assert browser.status_code == 200
            progress = (await http.get(f"/auth/login/{started['state']}")).json()
            assert progress["status"] == "signed_in"
            status = (await http.get("/auth/status")).json()
        assert started["redirect_uri"].startswith("http://127.0.0.1:")
        (account,) = status["accounts"]
        assert (account["kind"], account["state"]) == ("official", "active")
        assert (account["limits_reported"], account["windows"]) == (False, [])
        async with AsyncOpenAI(base_url=product.v1, api_key=product.key) as client:
            whole = await client.chat.completions.create(
                model="gpt-5.5", messages=[{"role": "user", "content": "hello"}]
            )
            assert "hello" in (whole.choices[0].message.content or "")
            stream = await client.responses.create(model="gpt-5.5", input="hello", stream=True)
            assert [event.type async for event in stream][-1] == "response.completed"
        for asked in product.simulator.requests("/v1/responses"):
            assert not {"chatgpt-account-id", "originator", "version"} & asked.headers.keys()
            assert asked.headers["user-agent"].startswith("codex2api/")
            assert asked.headers["session-id"] == asked.json["prompt_cache_key"]
            assert (asked.json["store"], asked.json["stream"]) == (False, True)
    assert path_of(tmp_path).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data" / "sign-in.json").stat().st_mode & 0o777 == 0o600


async def test_what_is_not_offered_is_named_and_not_sent(tmp_path: Path) -> None:
    async with officially(tmp_path) as product:
        answer = await call(
            product, "/responses", input="hi", messages=None,
            temperature=0.1, service_tier="priority", tools=[{"type": "image_generation"}],
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        dropped = answer.headers["x-codex2api-dropped"]
        assert {"temperature", "service_tier", "tools:image_generation"} <= {
            part.strip() for part in dropped.split(",")
        }


async def test_tools_and_their_results_travel(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    async with officially(tmp_path) as product:
        answer = await call(product, tools=[tool], tool_choice="required")
        (asked,) = answer.json()["choices"][0]["message"]["tool_calls"]
        assert asked["function"]["name"] == "get_weather"
        (sent,) = product.simulator.requests("/v1/responses")
        assert sent.json["tools"][0]["type"] == "namespace"


async def test_its_models_are_listed_without_their_templates(tmp_path: Path) -> None:
    async with officially(tmp_path) as product, httpx2.AsyncClient(headers=product.bearer) as http:
        listed = (await http.get(f"{product.v1}/models")).json()["data"]
        assert "gpt-6.1-sol" in {model["id"] for model in listed}
        assert "A template." not in str(listed)


async def test_an_early_401_is_told_and_never_refreshed(tmp_path: Path) -> None:
    async with officially(tmp_path) as product:
        product.simulator.state.official.invalidate_access()
        answer = await call(product)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (401, "sign_in_required")
        assert "no refresh before" in error["message"]
        assert "login --official" in error["message"]
        assert product.simulator.state.official.refreshes.attempts == 0
        held = stored_in(tmp_path)
        assert held["refresh_token"].startswith("ort_")


async def test_in_its_window_it_is_refreshed_rotated_and_verified(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        product.simulator.state.official.switches.window = 3600
        before = sign_in_officially(tmp_path, product.simulator, ends_in=200)
        assert (await call(product)).status_code == 200
        after = stored_in(tmp_path)
        assert product.simulator.state.official.refreshes.succeeded == 1
        assert after["refresh_token"] != before["refresh_token"]
        assert after["client_id"] == before["client_id"]
        assert "verified" not in after


async def test_a_401_in_the_window_is_one_refresh(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        product.simulator.state.official.switches.window = 3600
        sign_in_officially(tmp_path, product.simulator)
        product.simulator.state.official.invalidate_access()
        assert (await call(product)).status_code == 200
        assert product.simulator.state.official.refreshes.attempts == 1


async def test_without_the_plan_every_call_is_told_so(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        sign_in_officially(tmp_path, product.simulator, plan_use=False)
        for _ in range(2):
            answer = await call(product)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (403, "consent_required")
            assert "codex2api login --official" in error["message"]
        assert product.simulator.requests("/v1/responses") == []


async def test_a_permission_that_was_withdrawn_is_told(tmp_path: Path) -> None:
    async with officially(tmp_path) as product:
        product.simulator.state.official.switches.plan_use = False
        answer = await call(product)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "consent_required")


async def api_error(product: Served, mode: str, times: int | None = None) -> httpx2.Response:
    product.simulator.state.official.switches.api = TokenSwitches(mode, times)
    return await call(product)


async def test_every_error_of_the_api_is_one_of_ours(tmp_path: Path) -> None:
    expected = {
        "usage_limit": (429, "usage_limit_reached"),
        "not_eligible": (403, "usage_not_included"),
        "route": (501, "not_supported"),
        "capability": (400, "subscription_sharing_unsupported_capability"),
        "usage_unavailable": (502, "upstream_unavailable"),
        "user_unavailable": (502, "upstream_unavailable"),
        "scope": (403, "consent_required"),
        "context": (401, "sign_in_required"),
        "invalid_user": (401, "sign_in_required"),
    }
    for number, (mode, outcome) in enumerate(expected.items()):
        async with officially(tmp_path / str(number)) as product:
            assert (await call(product)).status_code == 200
            answer = await api_error(product, mode)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == outcome, mode
            assert "Simulated" not in error["message"]


async def metrics(product: Served) -> str:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
        return (await http.get("/metrics")).text


async def test_only_what_passes_is_asked_again(tmp_path: Path) -> None:
    async with officially(tmp_path) as product:
        assert (await call(product)).status_code == 200
        assert (await api_error(product, "usage_unavailable", 1)).status_code == 200
        assert "codex2api_upstream_retries_total 1.0" in await metrics(product)
        heard = len(product.simulator.requests("/v1/responses"))
        assert (await api_error(product, "usage_limit")).status_code == 429
        assert len(product.simulator.requests("/v1/responses")) == heard + 1


async def test_a_mixed_pool_goes_over_before_the_first_byte(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        sign_in_officially(tmp_path, product.simulator)
        sign_in(tmp_path, product.simulator, label="codex")
        product.simulator.state.official.switches.api = TokenSwitches("usage_limit")
        for _ in range(3):
            answer = await call(product)
            assert answer.status_code == 200
            assert answer.headers["x-codex2api-account"] == "codex"


async def test_a_mixed_pool_goes_over_the_other_way(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        sign_in(tmp_path, product.simulator)
        sign_in_officially(tmp_path, product.simulator, "official")
        product.simulator.state.backend_switches = BackendSwitches("deactivated_workspace")
        for _ in range(3):
            answer = await call(product)
            assert answer.status_code == 200
            assert answer.headers["x-codex2api-account"] == "official"


async def test_a_conversation_goes_on_with_the_other_kind(tmp_path: Path) -> None:
    """Reasoning is encrypted for the account that made it, and left out with another."""
    async with officially(tmp_path, signed_in=False) as product:
        sign_in(tmp_path, product.simulator)
        turn = [{"role": "user", "content": "SCENARIO:reasoning"}]
        first = await call(product, "/responses", input=turn, messages=None)
        output = first.json()["output"]
        assert "reasoning" in {item["type"] for item in output}
        sign_in_officially(tmp_path, product.simulator, "official")
        product.simulator.state.backend_switches = BackendSwitches("deactivated_workspace")
        history = [*turn, *output, {"role": "user", "content": "go on"}]
        second = await call(product, "/responses", input=history, messages=None)
        assert second.status_code == 200, second.text
        assert second.headers["x-codex2api-account"] == "official"
        assert "foreign->none" in second.headers["x-codex2api-adjusted"]


async def test_what_only_codex_can_do_goes_to_a_codex_account(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        sign_in_officially(tmp_path, product.simulator)
        answer = await call(product, "/images/generations", prompt="a cat", model="gpt-image-2")
        assert answer.status_code == 501
        sign_in(tmp_path, product.simulator, label="codex")
        answer = await call(product, "/images/generations", prompt="a cat", model="gpt-image-2")
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-codex2api-account"] == "codex"


async def test_sign_out_revokes_and_the_client_is_used_again(tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        async with httpx2.AsyncClient(
            base_url=product.url, headers=product.bearer, timeout=60
        ) as http:
            for _ in range(2):
                started = (await http.post("/auth/login", json={"official": True})).json()
                await http.get(started["authorization_url"], follow_redirects=True)
                refresh_token = stored_in(tmp_path)["refresh_token"]
                out = (await http.post("/auth/logout", json={})).json()
                assert out == {"accounts": ["default"], "revoked": ["default"]}
                book = product.simulator.state.official
                assert book.revoked[-1]["token"] == refresh_token
                assert not path_of(tmp_path).exists()
        assert len(book.clients) == 1
