"""``codex2api serve``: the server."""

import asyncio
import errno
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from codex2api import __version__
from codex2api.cli.terminal import fail, say, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex2api.accounts.account import Account
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
    if demo:
        from codex2api.cli.serve_demo import run_demo

        sys.exit(run_demo(ctx, overrides))
    sockets = listen(settings)
    app, accounts = asyncio.run(prepare(settings, sockets, open_page=open_page))
    may_sign_in = not no_login and accounts is not None and not accounts and sys.stdin.isatty()
    with _signing_in(settings, wanted=may_sign_in):
        sys.exit(_run(ctx, settings, overrides, app, sockets))


def worker_app() -> Any:
    """The application of one of several worker processes; its settings are in the environment."""
    from codex2api.settings import load_settings

    settings = load_settings()
    _start_logs(settings)
    return _application(settings)


def listen(settings: "Settings") -> list[socket.socket]:
    """The listening sockets; where there can be none, the command ends."""
    from codex2api.cli.listening import bind

    host, port = settings.server.host.strip("[]"), settings.server.port
    try:
        return bind(host, port)
    except (OSError, UnicodeError) as error:
        fail(_cannot_listen(host, port, error))


async def prepare(
    settings: "Settings", sockets: "Sequence[socket.socket]", *, open_page: bool = False
) -> "tuple[Any, Sequence[Account] | None]":
    """Build the application and show the start-up screen; gives the application and its accounts.

    The sockets hear callers already: a browser that is opened here waits for the answer.
    """
    _start_logs(settings)
    is_first_start = not (settings.data_dir / "local.key").exists()
    app = _application(settings)
    accounts = await _accounts(settings)
    url = f"http://{_reachable(settings.server.host)}:{sockets[0].getsockname()[1]}"
    _show_start(settings, url, accounts, is_first_start=is_first_start)
    if open_page:
        from codex2api.auth.browser import open_browser

        await asyncio.to_thread(open_browser, url)
    return app, accounts


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
) -> int:
    from codex2api.cli.listening import run, run_workers, serve

    if settings.server.workers == 1:
        return run(serve(app, settings.server, sockets))
    _hand_over(ctx, overrides)
    return run_workers("codex2api.cli.serve:worker_app", settings.server, sockets)


def _hand_over(ctx: click.Context, overrides: Mapping[str, Any]) -> None:
    """Put the command line where worker processes find it: into their environment."""
    from codex2api.settings.layers import variable_of

    for key, value in overrides.items():
        if value is not None:
            os.environ[variable_of(key)] = str(value)
    if config := (ctx.find_root().obj or {}).get("config"):
        os.environ["CONFIG_PATH"] = config


def _start_logs(settings: "Settings") -> None:
    from codex2api import logs

    logging = settings.logging
    logs.configure(level=logging.level, directory=settings.logs_dir, format=logging.format)


def _application(settings: "Settings") -> Any:
    from codex2api.app import create_app
    from codex2api.errors import ApiError
    from codex2api.store.durable import make_private

    try:
        make_private(settings.home)
        return create_app(settings)
    except ApiError as error:
        fail(error.message)
    except OSError as error:
        fail(f"The home folder {settings.home} cannot be used: {error.strerror}.")


async def _accounts(settings: "Settings") -> "Sequence[Account] | None":
    """Who is signed in; ``None`` if the token files are damaged, which is told."""
    from codex2api.errors import ApiError
    from codex2api.store.tokenfile import TokenFiles

    try:
        return await TokenFiles(settings.data_dir).accounts()
    except ApiError as error:
        say(f"Warning: {error.message}")
        return None


@contextmanager
def _signing_in(settings: "Settings", *, wanted: bool) -> Iterator[None]:
    """``codex2api login`` beside the server, which notices the new account by itself."""
    if not wanted:
        yield
        return
    named = ["--config", str(settings.config_file)] if settings.config_file else []
    say("\nThe server runs. Nobody is signed in yet, so the sign-in starts.\n")
    login = subprocess.Popen([sys.executable, "-m", "codex2api", *named, "login"])  # noqa: S603
    try:
        yield
    finally:
        login.terminate()
        login.wait()


def _show_start(
    settings: "Settings",
    url: str,
    accounts: "Sequence[Account] | None",
    *,
    is_first_start: bool,
) -> None:
    key_file = settings.data_dir / "local.key"
    say(f"codex2api {__version__}")
    say(f"  base URL  {url}/v1")
    if settings.server.auth == "none":
        say("  API key   none needed: every program on this machine can use the account")
    elif is_first_start and sys.stderr.isatty():
        say(f"  API key   {key_file.read_text(encoding='utf-8').strip()}")
        say(f"            shown this once; it is kept in {key_file}")
    else:
        say(f"  API key   in {key_file}")
    for account in accounts or ():
        say(f"  account   {account.label} ({account.plan or 'plan unknown'})")
    if not accounts:
        say("  account   nobody is signed in; run: codex2api login")


def _reachable(host: str) -> str:
    """The host as an address of this machine that a client can use."""
    host = host.strip("[]")
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _cannot_listen(host: str, port: int, error: OSError | UnicodeError) -> str:
    number = getattr(error, "errno", 0) or 0  # negative when the name was not found
    if number == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use already; choose another one with --port."
    reason = os.strerror(number) if number > 0 else "it is no address of this machine"
    return f"{host}:{port} cannot be listened on: {reason.lower()}."
