"""``codex2api serve``: the server."""

import asyncio
import errno
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import fail, say, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex2api.accounts.account import Account
    from codex2api.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=int, help="Port; 0 takes a free one.  [3000]")
@click.option("--workers", type=int, help="Number of processes.  [1]")
@click.option("--open", "open_page", is_flag=True, help="Show the server's page in a browser.")
@click.option("--no-auth", is_flag=True, help="Ask callers for no key; on a loopback address only.")
@click.option("--no-login", is_flag=True, help="Never start a sign-in.")
@click.option("--log-level", metavar="LEVEL", help="error, warn, info or debug.  [info]")
@click.pass_context
def command(ctx: click.Context, /, open_page: bool, no_login: bool, **options: Any) -> None:
    """Start the server.

    Without an account, and in a terminal, it starts the browser sign-in by itself and serves on.
    """
    overrides = _overrides(options)
    settings = settings_from(ctx, overrides)
    _require_fast_parser()
    if settings.server.workers > 1:
        _hand_over(ctx, overrides)
    sys.exit(_serve(settings, open_page=open_page, may_sign_in=not no_login))


def worker_app() -> Any:
    """The application of one of several worker processes; its settings are in the environment."""
    from codex2api.settings import load_settings

    settings = load_settings()
    _start_logs(settings)
    return _application(settings)


def _overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "server.host": options["host"],
        "server.port": options["port"],
        "server.workers": options["workers"],
        "server.auth": "none" if options["no_auth"] else None,
        "logging.level": options["log_level"],
    }


def _require_fast_parser() -> None:
    try:
        import httptools  # noqa: F401 (only whether it is there)
    except ImportError:
        fail("The package httptools is missing; install codex2api again, with its requirements.")


def _hand_over(ctx: click.Context, overrides: Mapping[str, Any]) -> None:
    """Put the command line where worker processes find it: into their environment."""
    from codex2api.settings.layers import variable_of

    for key, value in overrides.items():
        if value is not None:
            os.environ[variable_of(key)] = str(value)
    if config := ctx.find_root().obj["config"]:
        os.environ["CONFIG_PATH"] = config


def _serve(settings: "Settings", *, open_page: bool, may_sign_in: bool) -> int:
    from codex2api.cli.listening import bind, run_one, run_several

    server = settings.server
    try:
        sockets = bind(server.host, server.port)
    except OSError as error:
        fail(_cannot_listen(server.host, server.port, error))
    _start_logs(settings)
    is_first_start = not (settings.data_dir / "local.key").exists()
    app = _application(settings)
    accounts = _accounts(settings)
    port = sockets[0].getsockname()[1]
    url = f"http://{_reachable(server.host)}:{port}"
    _show_start(settings, url, accounts, is_first_start=is_first_start)
    first_steps = _first_steps(
        settings,
        open_url=url if open_page else None,
        sign_in=may_sign_in and accounts is not None and not accounts and sys.stdin.isatty(),
    )
    if server.workers > 1:
        return run_several("codex2api.cli.serve:worker_app", settings.server, sockets, first_steps)
    return run_one(app, server, sockets, first_steps)


def _start_logs(settings: "Settings") -> None:
    from codex2api import logs

    logs.configure(
        level=settings.logging.level,
        directory=settings.logs_dir,
        format=settings.logging.format,
    )


def _application(settings: "Settings") -> Any:
    from codex2api.app import create_app
    from codex2api.errors import ApiError

    try:
        return create_app(settings)
    except ApiError as error:
        fail(error.message)
    except OSError as error:
        fail(f"{settings.home} cannot be used: {error.strerror}.")


def _accounts(settings: "Settings") -> "Sequence[Account] | None":
    """Who is signed in; ``None`` if the token files are damaged, which is told."""
    from codex2api.errors import ApiError
    from codex2api.store.tokenfile import TokenFiles

    try:
        return asyncio.run(TokenFiles(settings.data_dir).accounts())
    except ApiError as error:
        say(f"Warning: {error.message}")
        return None


def _first_steps(settings: "Settings", *, open_url: str | None, sign_in: bool) -> Any:
    """What happens beside serving, once the server answers."""

    async def steps() -> None:
        if open_url:
            from codex2api.auth.browser import open_browser

            await asyncio.to_thread(open_browser, open_url)
        if sign_in:
            from codex2api.cli.first_sign_in import sign_in_by_itself

            await sign_in_by_itself(settings)

    return steps


def _show_start(
    settings: "Settings",
    url: str,
    accounts: "Sequence[Account] | None",
    *,
    is_first_start: bool,
) -> None:
    from codex2api import __version__

    key_file = settings.data_dir / "local.key"
    say(f"codex2api {__version__} serves at {url}/v1")
    if settings.server.auth == "none":
        say("  key       none is asked for (--no-auth)")
    elif is_first_start and sys.stderr.isatty():
        say(f"  key       {key_file.read_text(encoding='utf-8').strip()}")
        say(f"            shown this once; it is kept in {key_file}")
    else:
        say(f"  key       in {key_file}")
    for account in accounts or ():
        say(f"  account   {account.label} ({account.plan or 'plan unknown'})")
    if not accounts:
        say("  account   nobody is signed in; run: codex2api login")


def _reachable(host: str) -> str:
    """The host as an address of this machine that a client can use."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use already; choose another one with --port."
    number = error.errno or 0  # negative when the name was not found
    reason = os.strerror(number) if number > 0 else error.strerror or str(error)
    return f"{host}:{port} cannot be listened on: {reason.lower()}."
