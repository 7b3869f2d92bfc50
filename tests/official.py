"""The product with an account of OpenAI's official sign-in."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.served import Served, serving

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}


@asynccontextmanager
async def officially(
    home: Path, *, signed_in: bool = True, ends_in: float | None = None, **overrides: Any
) -> AsyncIterator[Served]:
    """The product; without ``signed_in`` nobody is."""
    async with running_simulator(SimulatorOptions(any_redirect_port=True)) as simulator:
        if signed_in:
            sign_in_officially(home, simulator, ends_in=ends_in)
        async with serving(home, simulator, settings_for(simulator) | overrides) as product:
            yield product


def settings_for(simulator: RunningSimulator) -> dict[str, Any]:
    return {
        "oauth.issuer": simulator.issuer_url,
        "backend.url": simulator.backend_url,
        "official.issuer": simulator.issuer_url,
        "official.apiUrl": simulator.api_url,
        "oauth.localServerPort": 0,
    }


def sign_in_officially(
    home: Path,
    simulator: RunningSimulator,
    label: str = "default",
    *,
    ends_in: float | None = None,
    person: str = "demo",
    **fields: Any,
) -> dict[str, Any]:
    """Put tokens where the server looks for them; gives the token file's content.

    Args:
        home: The server's.
        simulator: Mints them.
        label: What the account is called.
        ends_in: Seconds until the access token ends, as the file says.
        person: Who signs in.
        fields: Further fields of the file.
    """
    minted = simulator.make_official_tokens(person)
    now = time.time()
    life = minted["expires_in"] if ends_in is None else ends_in
    stored = {
        "access_token": minted["access_token"],
        "refresh_token": minted["refresh_token"],
        "id_token": minted["id_token"],
        "expires_at": int((now + life) * 1000),
        "issued_at": int((now + life - minted["expires_in"]) * 1000),
        "account_id": minted["client_id"],
        "user_id": minted["sub"],
        "kind": "official",
        "client_id": minted["client_id"],
        "earliest_refresh_at": int(minted["earliest_refresh_at"] * 1000),
        **fields,
    }
    write(home, label, stored)
    return stored


def write(home: Path, label: str, stored: dict[str, Any]) -> None:
    file = path_of(home, label)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(json.dumps(stored))
    file.chmod(0o600)


def path_of(home: Path, label: str = "default") -> Path:
    name = "tokens.json" if label == "default" else f"tokens.{label}.json"
    return home / "data" / name


def stored_in(home: Path, label: str = "default") -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path_of(home, label).read_text())
    return held


async def call(product: Served, path: str = "/chat/completions", **body: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=60, headers=product.bearer) as client:
        return await client.post(f"{product.v1}{path}", json={**ASK, **body})
