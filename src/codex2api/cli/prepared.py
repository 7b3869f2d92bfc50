"""What ``serve`` and its demo make before they serve: the logs, the application, the screen."""

import gc
import socket
import sys
from collections.abc import Sequence

from codex2api import logs
from codex2api.accounts.account import Account
from codex2api.api.front import Front
from codex2api.app import create_app
from codex2api.cli.accounts import account_store
from codex2api.cli.start_screen import StartScreen
from codex2api.cli.terminal import fail, say
from codex2api.errors import ApiError
from codex2api.settings import Settings
from codex2api.store.durable import make_private

_YOUNG_OBJECTS = 10_000
"""Net new objects between two small collections: about a hundred requests."""


async def prepare(
    settings: Settings, sockets: Sequence[socket.socket]
) -> tuple[Front, StartScreen]:
    """The application, and what to show once it serves."""
    start_logs(settings)
    key_file = settings.data_dir / "local.key"
    is_first_start = not key_file.exists()
    app = application(settings)
    return app, StartScreen(
        url=f"http://{_reachable(settings.server.host)}:{sockets[0].getsockname()[1]}",
        key_file=key_file if settings.server.auth == "required" else None,
        show_key=is_first_start and sys.stderr.isatty(),
        accounts=await _accounts(settings),
    )


def start_logs(settings: Settings) -> None:
    """Send the logs where they belong."""
    logging = settings.logging
    logs.configure(level=logging.level, directory=settings.logs_dir, format=logging.format)


def application(settings: Settings) -> Front:
    """The application, its home made; where there can be none, the command ends."""
    try:
        make_private(settings.home)
        app = create_app(settings)
    except ApiError as error:
        fail(error.message)
    except OSError as error:
        fail(f"The home folder {settings.home} cannot be used: {error.strerror}.")
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """Keep garbage collection away from what stays for good, and from every few requests.

    Imported code is some hundred thousand objects. A full collection would visit them all, and
    hold every stream for tens of milliseconds meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


async def _accounts(settings: Settings) -> Sequence[Account] | None:
    """Who is signed in; ``None`` if that cannot be read now, which is told."""
    try:
        async with account_store(settings) as store:
            return await store.accounts()
    except ApiError as error:
        say(f"Warning: {error.message}")
        return None


def _reachable(host: str) -> str:
    """The host as an address of this machine that a client can use."""
    host = host.strip("[]")
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
