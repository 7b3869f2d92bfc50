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

from codex2api.cli.lean import collector_at_rest, lean_imports
from codex2api.cli.terminal import fail, say
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex2api.cli.server.listening import Announce
    from codex2api.cli.server.prepared import Watched
    from codex2api.cli.server.watching import Reading, Source
    from codex2api.settings import Settings


@click.command(
    help=_(
        "Start the server.\n\n"
        "Without an account, and in a terminal, it starts the browser sign-in by itself and serves "
        "on."
    )
)
@click.option("--host", metavar="ADDRESS", help=_("Address to listen on.  [127.0.0.1]"))
@click.option("--port", type=int, metavar="N", help=_("Port; 0 takes a free one.  [3000]"))
@click.option("--workers", type=int, metavar="N", help=_("Number of processes.  [1]"))
@click.option("--demo", is_flag=True, help=_("Let a simulated ChatGPT answer; keep nothing."))
@click.option("--open", "open_page", is_flag=True, help=_("Open the dashboard in a browser."))
@click.option(
    "--no-auth", is_flag=True, help=_("Ask callers for no key; on a loopback address only.")
)
@click.option("--no-login", is_flag=True, help=_("Never start a sign-in."))
@click.option("--log-level", metavar="LEVEL", help=_("error, warn, info or debug.  [info]"))
@click.pass_context
def command(
    ctx: click.Context, /, demo: bool, open_page: bool, no_login: bool, **options: Any
) -> None:
    """Serve (the help is above: a docstring is not translated)."""
    if importlib.util.find_spec("httptools") is None:
        fail(_("The package httptools is missing; install codex2api again, with its requirements."))
    with collector_at_rest():
        ctx.with_resource(lean_imports())
        from codex2api.cli.server.watching import first_reading, source_of

    overrides = _overrides(options)
    source = source_of(ctx, overrides)
    reading = first_reading(source)
    settings = reading.settings
    if demo:
        from codex2api.cli.serve_demo import run_demo

        sys.exit(run_demo(ctx, overrides, open_page=open_page))
    with collector_at_rest():
        from codex2api.cli.server.listening import listen
        from codex2api.cli.server.open_files import raise_open_files

        raise_open_files()
        sockets = listen(settings)  # before the rest is loaded: a taken port is told
        from codex2api.cli.server.prepared import application, has_key, screen_of

        is_first_start = not has_key(settings)
        watched = application(reading, source)
    port = sockets[0].getsockname()[1]
    screen = asyncio.run(screen_of(settings, port, is_first_start=is_first_start))
    with ExitStack() as beside:

        def announce() -> None:
            screen.show()
            if open_page:
                screen.open()
            if screen.lacks_account and not no_login and sys.stdin.isatty():
                beside.enter_context(_signing_in(settings))

        sys.exit(_run(reading, source, watched, sockets, announce))


def _overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "server.host": options["host"],
        "server.port": options["port"],
        "server.workers": options["workers"],
        "server.auth": "none" if options["no_auth"] else None,
        "logging.level": options["log_level"],
    }


def _run(
    reading: "Reading",
    source: "Source",
    watched: "Watched",
    sockets: "Sequence[socket.socket]",
    announce: "Announce",
) -> int:
    if reading.settings.server.workers > 1 and _can_share(reading.settings):
        from codex2api.cli.server.workers import Supervisor

        return Supervisor(reading, source, sockets, announce).run()
    from codex2api.cli.server.listening import run, serve

    return run(serve(watched, sockets, announce))


def _can_share(settings: "Settings") -> bool:
    """Whether workers can tell each other of new tokens, which they do by files.

    A refresh token works once. Where the new one stays in one worker's memory, the next worker
    would spend the old one again, and that ends the sign-in.
    """
    if os.access(settings.data_dir, os.W_OK):
        return True
    say(
        _("Warning: {folder} is read-only, so that one process serves instead of several.").format(
            folder=settings.data_dir
        )
    )
    return False


@contextmanager
def _signing_in(settings: "Settings") -> Iterator[None]:
    """``codex2api login`` beside the server, which notices the new account by itself."""
    named = ["--config", str(settings.config_file)] if settings.config_file else []
    say("\n" + _("The server runs. Nobody is signed in yet, so the sign-in starts.") + "\n")
    login = subprocess.Popen([sys.executable, "-m", "codex2api", *named, "login"])  # noqa: S603 (ourselves)
    try:
        yield
    finally:
        login.terminate()
        login.wait()
