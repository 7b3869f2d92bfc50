"""The home folder as a start needs it; what is wrong with it is told in one sentence."""

import os
from pathlib import Path

from codex2api.cli.terminal import Exit, fail
from codex2api.store.durable import make_private
from codex2api.texts.shell import _


def prepare_home(home: Path) -> None:
    """Make the folder, the owner's alone; where that cannot be, the command ends."""
    try:
        make_private(home)
    except (FileExistsError, NotADirectoryError):
        fail(
            _("The home folder {home} cannot be used: a file of that name is in the way.").format(
                home=home
            ),
            Exit.USAGE,
        )
    except OSError as error:
        fail(cannot_use(home, error), Exit.USAGE)
    for folder in (home, home / "data"):
        _refuse_strangers(folder)


def cannot_use(home: Path, error: OSError) -> str:
    """Why a home cannot be used, and what may help."""
    where = f", at {error.filename}" if error.filename else ""
    return _(
        "The home folder {home} cannot be used: {reason}. "
        "Make it writable for this user, or name another one with CODEX2API_HOME."
    ).format(home=home, reason=f"{error.strerror}{where}")


def _refuse_strangers(folder: Path) -> None:
    """Tokens in a folder of somebody else are theirs to read; root may keep them where it likes."""
    if os.name == "nt" or os.geteuid() == 0 or not folder.exists():
        return
    if folder.stat().st_uid != os.geteuid():
        fail(
            _(
                "The folder {folder} belongs to another user, who could read your tokens there; "
                "name another home with CODEX2API_HOME."
            ).format(folder=folder),
            Exit.USAGE,
        )
