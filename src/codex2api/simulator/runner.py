"""Runs a simulator inside the process, on a port of its own: for tests and benchmarks."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.admin import minted
from codex2api.simulator.app import create_simulator
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.recorder import RecordedRequest
from codex2api.simulator.state import STATE, SimulatorState

LINE_LIMIT = 64 * 1024
"""Tokens make long request and header lines."""


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that answers.

    Attributes:
        url: Its origin, without a slash at the end; the issuer lives there.
        state: Its memory, to look at and to change.
    """

    url: str
    state: SimulatorState

    @property
    def issuer_url(self) -> str:
        """What ``oauth.issuer`` is set to."""
        return self.url

    @property
    def backend_url(self) -> str:
        """What ``backend.url`` is set to."""
        return f"{self.url}/backend-api"

    @property
    def api_url(self) -> str:
        """What ``official.apiUrl`` is set to; ``official.issuer`` is the issuer's address."""
        return f"{self.url}/v1"

    def make_official_tokens(self, label: str = DEFAULT_LABEL) -> dict[str, Any]:
        """Sign an account in officially, without a browser.

        Returns:
            The token endpoint's answer and ``client_id``, ``sub``.
        """
        account, book = self.state.account(label), self.state.official
        client_id = book.register(label)
        answer = book.mint(account, client_id, self.url)
        return answer | {"client_id": client_id, "sub": f"simulated|{account.user_id}"}

    def make_tokens(
        self, label: str = DEFAULT_LABEL, *, seconds: int | None = None
    ) -> dict[str, Any]:
        """Sign an account in without a browser.

        Returns:
            The token endpoint's answer and ``account_id``, ``email``, ``plan``.
        """
        return minted(self.state, self.state.account(label), seconds)

    def requests(self, path: str = "", method: str = "") -> list[RecordedRequest]:
        """Remembered requests whose path ends with ``path``, oldest first."""
        return self.state.recorder.requests(path, method)


@asynccontextmanager
async def running_simulator(
    options: SimulatorOptions | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[RunningSimulator]:
    """Serve until the block ends; port 0 takes a free one."""
    app = create_simulator(options)
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=0.1,
        auto_decompress=False,
        max_line_size=LINE_LIMIT,
        max_field_size=LINE_LIMIT,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        await site.start()
        bound = runner.addresses[0][1]
        scheme = "https" if tls else "http"
        yield RunningSimulator(f"{scheme}://{_bracketed(host)}:{bound}", app[STATE])
    finally:
        await runner.cleanup()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
