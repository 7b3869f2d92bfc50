"""What ``serve`` and its demo make before they serve: the logs, the application, the screen."""

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex2api import logs
from codex2api.accounts.account import Account
from codex2api.api.desk import Desk
from codex2api.app import App, create_app
from codex2api.cli.accounts import account_store
from codex2api.cli.server.home import cannot_use, prepare_home
from codex2api.cli.server.watching import ConfigWatch, Reading, Source
from codex2api.cli.start_screen import StartScreen
from codex2api.cli.terminal import Exit, fail, say
from codex2api.errors import ApiError
from codex2api.metrics.scoreboard import Place
from codex2api.settings import Settings
from codex2api.texts.shell import _

_YOUNG_OBJECTS = 10_000
"""Net new objects between two small collections: about a hundred requests."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An application, and what has it take a changed config file."""

    app: App
    watch: ConfigWatch


async def screen_of(settings: Settings, port: int, *, is_first_start: bool) -> StartScreen:
    """What to show once the server serves."""
    return StartScreen(
        url=f"http://{_reachable(settings.server.host)}:{port}",
        key_file=_key_file(settings) if settings.server.auth == "required" else None,
        key=_key_file(settings).read_text(encoding="utf-8").strip(),
        show_key=is_first_start and sys.stderr.isatty(),
        accounts=await _accounts(settings),
    )


def has_key(settings: Settings) -> bool:
    """Whether the owner's key was made by an earlier start."""
    return _key_file(settings).exists()


def application(
    reading: Reading,
    source: Source,
    *,
    announce: bool = True,
    desk: Desk | None = None,
    board: Place | None = None,
) -> Watched:
    """The application with its logs and its home; where there can be none, the command ends.

    Args:
        reading: The settings.
        source: Where they come from again when the config file changes.
        announce: Whether to log what becomes of a changed file.
        desk: Where the sign-in is, of several workers.
        board: Where such a worker shows the others what it has counted.
    """
    settings, logging = reading.settings, reading.settings.logging
    set_level = logs.configure(
        level=logging.level, directory=settings.logs_dir, format=logging.format
    )
    app = _app(settings, desk, board)

    def take(changed: Settings) -> None:
        set_level(changed.logging.level)
        app.take(changed)

    return Watched(app, ConfigWatch(reading, source, take, announce=announce))


def _app(settings: Settings, desk: Desk | None, board: Place | None) -> App:
    prepare_home(settings.home)
    try:
        app = create_app(settings, desk, board)
    except ApiError as error:
        fail(error.message, Exit.USAGE)
    except OSError as error:
        fail(cannot_use(settings.home, error), Exit.USAGE)
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


def _key_file(settings: Settings) -> Path:
    return settings.data_dir / "local.key"


async def _accounts(settings: Settings) -> Sequence[Account] | None:
    """Who is signed in; ``None`` if that cannot be read now, which is told."""
    try:
        async with account_store(settings) as store:
            return await store.accounts()
    except ApiError as error:
        say(_("Warning: {message}").format(message=error.message))
        return None


def _reachable(host: str) -> str:
    """The host as an address of this machine that a client can use."""
    host = host.strip("[]")
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
