"""``codex2api serve --demo``: the server, a simulated ChatGPT, and a home that is thrown away."""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from codex2api.cli.server.listening import listen, run, serve
from codex2api.cli.server.prepared import application, screen_of
from codex2api.cli.server.watching import first_reading, source_of
from codex2api.cli.terminal import say
from codex2api.protocol.json import encode
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from codex2api.store.durable import make_private, write_private
from codex2api.texts.shell import _


def run_demo(ctx: click.Context, overrides: Mapping[str, Any], *, open_page: bool) -> int:
    """Serve until a signal; gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="codex2api-demo-") as home:
        os.environ["CODEX2API_HOME"] = home  # real accounts and simulated ones never meet
        return run(_serve(ctx, overrides, open_page=open_page))


async def _serve(ctx: click.Context, overrides: Mapping[str, Any], *, open_page: bool) -> int:
    async with running_simulator(SimulatorOptions(any_redirect_port=True)) as simulator:
        simulated = {
            "oauth.issuer": simulator.issuer_url,
            "backend.url": simulator.backend_url,
            "server.workers": 1,
        }
        source = source_of(ctx, {**overrides, **simulated})
        reading = first_reading(source)
        settings = reading.settings
        _sign_in(settings.data_dir, simulator)
        say(_("This is a DEMO: a simulated ChatGPT answers, and nothing is kept."))
        sockets = listen(settings)
        watched = application(reading, source)
        port = sockets[0].getsockname()[1]
        screen = await screen_of(settings, port, is_first_start=False)

        def announce() -> None:
            screen.show()
            if open_page:
                screen.open()

        return await serve(watched, sockets, announce)


def _sign_in(data_dir: Path, simulator: RunningSimulator) -> None:
    minted = simulator.make_tokens()
    now = int(time.time() * 1000)
    tokens = {
        **{name: minted[name] for name in ("access_token", "refresh_token", "id_token")},
        "expires_at": now + int(minted["expires_in"]) * 1000,
        "account_id": minted["account_id"],
        "plan": minted["plan"],
        "updated_at": now,
    }
    make_private(data_dir)
    write_private(data_dir / "tokens.json", encode(tokens))
