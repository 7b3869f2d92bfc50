"""What a running server writes down, and what it never does."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2

from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.cli.server_process import ServerProcess, serving
from tests.served import sign_in

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "remember the walrus"}]}
FAULTS = ["usage_not_included", "bad_gateway", "echo_secret", "cut", "failed"]
WRONG_KEY = "sk-wrong-key-1"


def configure(home: Path, simulator: RunningSimulator, **logging: Any) -> None:
    sign_in(home, simulator)
    settings = {"backend": {"url": simulator.backend_url}, "logging": logging}
    (home / "config.json").write_text(json.dumps(settings))


async def use(server: ServerProcess) -> None:
    async with httpx2.AsyncClient(base_url=f"{server.url}/v1", headers=server.bearer) as client:
        await client.post("/chat/completions", json=ASK, headers={"x-request-id": "trace-7"})
        await client.post("/chat/completions", json=ASK | {"model": "remember the walrus"})
        for fault in FAULTS:
            body = {"model": "gpt-5.5", "input": f"SCENARIO:{fault} go", "stream": True}
            await client.post("/responses", json=body)
        stranger = {"authorization": f"Bearer {WRONG_KEY}"}
        await client.post("/responses", json={}, headers=stranger)


def logged(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "logs").iterdir())


async def written(home: Path, **logging: Any) -> tuple[str, list[str]]:
    """All log files of a server that was used, and what of it is a secret."""
    async with running_simulator() as simulator:
        configure(home, simulator, **logging)
        stored = json.loads((home / "data" / "tokens.json").read_text())
        with serving(home, "--no-login", "--log-level", "debug") as server:
            await use(server)
            async with asyncio.timeout(60):  # an answer is there a moment before its line
                while logged(home).count("request method=") < len(FAULTS) + 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        text = logged(home)
    secrets = [server.key, WRONG_KEY, stored["access_token"], stored["refresh_token"], "@"]
    return text, [secret for secret in secrets if secret in text]


async def test_a_line_a_request_without_prompts_and_secrets(tmp_path: Path) -> None:
    text, secrets = await written(tmp_path)
    assert text.count("request method=") == len(FAULTS) + 3
    assert "[trace-7]" in text
    assert "walrus" not in text
    assert secrets == []


async def test_bodies_before_and_after_only_when_asked_for(tmp_path: Path) -> None:
    text, secrets = await written(tmp_path, enableRequestLogging=True)
    assert "caller.request" in text
    assert "upstream.request" in text
    assert "walrus" in text
    assert secrets == []


async def test_what_the_backend_spoils_is_a_warning(tmp_path: Path) -> None:
    text, _ = await written(tmp_path)
    requests = [line for line in text.splitlines() if " request method=" in line]
    told = {(line.split("] [")[1], line.partition(" error=")[2]) for line in requests}
    assert told == {
        ("info", ""),
        ("info", "invalid_api_key"),
        ("info", "model_not_found"),
        ("info", "usage_not_included"),
        ("warn", "upstream_unavailable"),
    }
