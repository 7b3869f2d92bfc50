import json
import ssl
import stat
from pathlib import Path

import aiohttp
import pytest

from codex2api.simulator.codex_home import HomeInUseError, write_codex_home
from codex2api.simulator.runner import running_simulator
from codex2api.simulator.tls import make_certificate, server_context


async def test_a_client_that_trusts_the_authority_gets_through(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=files.authority)

    async with running_simulator(tls=server_context(files.certificate, files.key)) as sim:
        tokens = sim.make_tokens()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        url = f"{sim.backend_url}/wham/accounts/check"
        async with aiohttp.ClientSession() as http:
            async with http.get(url, headers=bearer, ssl=trusting) as answer:
                found = await answer.json()
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await http.get(url, headers=bearer)

    assert sim.url.startswith("https://127.0.0.1:")
    assert found["accounts"][0]["workspace_backend_origin"] == sim.url
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


TOKENS = {"id_token": "i", "access_token": "a", "refresh_token": "r", "account_id": "n", "x": 1}


def test_a_home_for_codex(tmp_path: Path) -> None:
    home = tmp_path / "home"

    for _ in range(2):
        write_codex_home(home, "https://127.0.0.1:1/backend-api", TOKENS)

    auth = json.loads((home / "auth.json").read_text())
    assert auth["tokens"] == {name: TOKENS[name] for name in TOKENS if name != "x"}
    assert "https://127.0.0.1:1/backend-api/" in (home / "config.toml").read_text()
    assert stat.S_IMODE((home / "auth.json").stat().st_mode) == 0o600


def test_a_home_of_somebody_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text('{"tokens": {}}')

    with pytest.raises(HomeInUseError):
        write_codex_home(tmp_path, "https://127.0.0.1:1/backend-api", TOKENS)

    assert (tmp_path / "auth.json").read_text() == '{"tokens": {}}'
    assert not (tmp_path / "config.toml").exists()
