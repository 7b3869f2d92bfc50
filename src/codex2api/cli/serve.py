"""``codex2api serve``: the server."""

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import Exit, fail, say, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex2api.cli.listening import Announce
    from codex2api.settings import Settings


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=int, metavar="N", help="Port; 0 takes a free one.  [3000]")
@click.option("--workers", type=int, metavar="N", help="Number of processes.  [1]")
@click.option("--demo", is_flag=True, help="Let a simulated ChatGPT answer; keep nothing.")
@click.option("--open", "open_page", is_flag=True, help="Show the server's page in a browser.")
@click.option("--no-auth", is_flag=True, help="Ask callers for no key; on a loopback address only.")
@click.option("--no-login", is_flag=True, help="Never start a sign-in.")
@click.option("--log-level", metavar="LEVEL", help="error, warn, info or debug.  [info]")
@click.pass_context
def command(
    ctx: click.Context, /, demo: bool, open_page: bool, no_login: bool, **options: Any
) -> None:
    """Start the server.

    Without an account, and in a terminal, it starts the browser sign-in by itself and serves on.
    """
    if importlib.util.find_spec("httptools") is None:
        fail("The package httptools is missing; install codex2api again, with its requirements.")
    overrides = _overrides(options)
    settings = settings_from(ctx, overrides)
    _refuse_weak_keys(settings)
    if demo:
        from codex2api.cli.serve_demo import run_demo

        sys.exit(run_demo(ctx, overrides))
    from codex2api.cli.listening import listen

    sockets = listen(settings.server)  # before what takes a second to load: a taken port is told
    from codex2api.cli.prepared import prepare

    app, screen = asyncio.run(prepare(settings, sockets))
    with ExitStack() as beside:

        def announce() -> None:
            screen.show()
            if open_page:
                screen.open()
            if screen.lacks_account and not no_login and sys.stdin.isatty():
                beside.enter_context(_signing_in(settings))

        sys.exit(_run(ctx, settings, overrides, app, sockets, announce))


def _refuse_weak_keys(settings: "Settings") -> None:
    """Let no server be opened by a key that everybody knows; the command ends with exit code 2."""
    from codex2api.callers.weakness import weakness

    for number, key in enumerate(settings.server.api_keys, 1):
        if wrong := weakness(key.get_secret_value()):
            fail(
                f"Key {number} of server.apiKeys ({settings.origin('server.apiKeys')}) {wrong}; "
                "`codex2api keys create NAME` makes a good one.",
                Exit.USAGE,
            )


def worker_app() -> Any:
    """The application of one of several worker processes; its settings are in the environment."""
    from codex2api.cli.prepared import application, start_logs
    from codex2api.settings import load_settings

    settings = load_settings()
    start_logs(settings)
    return application(settings)


def _overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "server.host": options["host"],
        "server.port": options["port"],
        "server.workers": options["workers"],
        "server.auth": "none" if options["no_auth"] else None,
        "logging.level": options["log_level"],
    }


def _run(
    ctx: click.Context,
    settings: "Settings",
    overrides: Mapping[str, Any],
    app: Any,
    sockets: "Sequence[socket.socket]",
    announce: "Announce",
) -> int:
    from codex2api.cli.listening import run, run_workers, serve

    if settings.server.workers == 1:
        return run(serve(app, settings.server, sockets, announce))
    _hand_over(ctx, overrides)
    return run_workers("codex2api.cli.serve:worker_app", settings.server, sockets, announce)


def _hand_over(ctx: click.Context, overrides: Mapping[str, Any]) -> None:
    """Put the command line where worker processes find it: into their environment."""
    from codex2api.settings.layers import variable_of

    for key, value in overrides.items():
        if value is not None:
            os.environ[variable_of(key)] = str(value)
    if config := (ctx.find_root().obj or {}).get("config"):
        os.environ["CONFIG_PATH"] = config


@contextmanager
def _signing_in(settings: "Settings") -> Iterator[None]:
    """``codex2api login`` beside the server, which notices the new account by itself."""
    named = ["--config", str(settings.config_file)] if settings.config_file else []
    say("\nThe server runs. Nobody is signed in yet, so the sign-in starts.\n")
    login = subprocess.Popen([sys.executable, "-m", "codex2api", *named, "login"])  # noqa: S603 (ourselves)
    try:
        yield
    finally:
        login.terminate()
        login.wait()
