"""The whole product in one process: simulated ChatGPT, signed-in account, real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from codex2api.app import App, create_app
from codex2api.cli.server.listening import config_of
from codex2api.settings import load_settings
from codex2api.settings.schema import ServerSettings
from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator

SHARED = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Served:
    """A server that answers, and the simulator behind it."""

    url: str
    key: str
    home: Path
    simulator: RunningSimulator

    @property
    def v1(self) -> str:
        return f"{self.url}/v1"

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@asynccontextmanager
async def served(
    home: Path,
    options: SimulatorOptions | None = None,
    *,
    signed_in: bool = True,
    seconds: int | None = None,
    **overrides: Any,
) -> AsyncIterator[Served]:
    """The product, running until the block ends; ``overrides`` are settings by dotted name."""
    async with running_simulator(options or SimulatorOptions(any_redirect_port=True)) as simulator:
        if signed_in:
            sign_in(home, simulator, seconds)
        given = {
            "oauth.issuer": simulator.issuer_url,
            "backend.url": simulator.backend_url,
            **overrides,
        }
        async with serving(home, simulator, given) as product:
            yield product


@asynccontextmanager
async def replica(product: Served, port: int = 0, **overrides: Any) -> AsyncIterator[Served]:
    """A second server on the same home and simulator, which knows nothing of the first.

    It takes a port of its own, or the one of a server that has ended.
    """
    given = {
        "oauth.issuer": product.simulator.issuer_url,
        "backend.url": product.simulator.backend_url,
        **overrides,
    }
    async with serving(product.home, product.simulator, given, port) as other:
        yield other


@asynccontextmanager
async def serving(
    home: Path, simulator: RunningSimulator, given: dict[str, Any], port: int = 0
) -> AsyncIterator[Served]:
    """The product in front of a simulator that runs already."""
    settings = load_settings(given, {"CODEX2API_HOME": str(home)})
    async with _listening(create_app(settings), settings.server, port) as port:
        key = (home / "data" / "local.key").read_text().strip()
        yield Served(f"http://127.0.0.1:{port}", key, home, simulator)


def sign_in(
    home: Path, simulator: RunningSimulator, seconds: int | None = None, label: str | None = None
) -> None:
    """Put tokens that the simulator knows where the server looks for them.

    Without a label it is the first account.
    """
    minted = simulator.make_tokens(label or DEFAULT_LABEL, seconds=seconds)
    life = minted.get("expires_in", 3600)
    tokens = {
        "access_token": minted["access_token"],
        "refresh_token": minted["refresh_token"],
        "id_token": minted["id_token"],
        "expires_at": int((time.time() + life) * 1000),
        "account_id": minted["account_id"],
        "updated_at": int(time.time() * 1000),
    }
    data = home / "data"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = data / (f"tokens.{label}.json" if label else "tokens.json")
    file.write_text(json.dumps(tokens))
    file.chmod(0o600)


@asynccontextmanager
async def _listening(app: App, settings: ServerSettings, port: int) -> AsyncIterator[int]:
    config = config_of(app, settings.model_copy(update={"port": port}))
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        app.close()  # nobody waits for those who only look
        server.should_exit = True
        await task
