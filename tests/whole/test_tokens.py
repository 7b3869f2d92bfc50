"""A login is at stake: expired, refused and revoked tokens under load."""

import asyncio
import json
from pathlib import Path

import httpx2

from codex2api.simulator.issuer.switches import TokenSwitches
from tests.served import Served, served, sign_in

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}


async def ask(product: Served, times: int) -> list[httpx2.Response]:
    limits = httpx2.Limits(max_connections=times)
    async with httpx2.AsyncClient(
        base_url=product.v1, headers=product.bearer, limits=limits, timeout=60
    ) as client:
        requests = [client.post("/chat/completions", json=ASK) for _ in range(times)]
        return await asyncio.gather(*requests)


def stored(product: Served) -> dict[str, str]:
    return json.loads((product.home / "data" / "tokens.json").read_text())


async def test_200_requests_on_an_expired_token_are_one_refresh(tmp_path: Path) -> None:
    async with served(tmp_path, seconds=-60) as product:
        product.simulator.state.token_switches = TokenSwitches(delay=0.2)
        answers = await ask(product, 200)
        assert [answer.status_code for answer in answers] == [200] * 200
        assert product.simulator.state.refreshes.attempts == 1


async def test_a_token_invalidated_under_load_is_one_refresh(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        product.simulator.state.tokens.invalidate_access()
        answers = await ask(product, 50)
        assert {answer.status_code for answer in answers} == {200}
        assert product.simulator.state.refreshes.attempts == 1


async def test_a_revoked_sign_in_is_asked_once_and_the_file_is_kept(tmp_path: Path) -> None:
    async with served(tmp_path, seconds=-60) as product:
        product.simulator.state.token_switches = TokenSwitches(mode="invalidated")
        before = stored(product)
        for _ in range(3):
            (answer,) = await ask(product, 1)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (401, "sign_in_required")
            assert "codex2api login" in error["message"]
        assert product.simulator.state.refreshes.attempts == 1
        assert stored(product) == before


async def test_a_new_sign_in_on_disk_is_used_without_a_restart(tmp_path: Path) -> None:

    async with served(tmp_path, signed_in=False) as product:
        (answer,) = await ask(product, 1)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_account")
        sign_in(tmp_path, product.simulator)
        (answer,) = await ask(product, 1)
        assert answer.status_code == 200
        assert product.simulator.state.refreshes.attempts == 0


async def test_the_newest_token_is_on_disk_before_the_answer(tmp_path: Path) -> None:
    async with served(tmp_path, seconds=-60) as product:
        old = stored(product)["refresh_token"]
        await ask(product, 1)
        assert stored(product)["refresh_token"] != old
        assert (tmp_path / "data" / "tokens.json").stat().st_mode & 0o777 == 0o600
