"""The home folder: whether it can be written, who else can read it, and how much room is left."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from codex2api.doctor.finding import Finding, fine, problem, warning
from codex2api.texts.said import N_

_MB = 1_000_000
_LITTLE, _NONE = 500 * _MB, 50 * _MB
_NAMED = 3
"""Files that a sentence names; of the others it tells the number."""


def check_home(home: Path) -> Finding:
    """Whether files can be made where the tokens lie."""
    folder = home / "data" if (home / "data").exists() else home
    there = _existing(folder)
    if not there.is_dir():
        return problem(
            "home",
            N_("The home folder {home} cannot be used: a file is in the way."),
            N_("Move the file {file} away, or name another home: export CODEX2API_HOME=FOLDER"),
            home=home,
            file=there,
        )
    if not os.access(there, os.W_OK | os.X_OK):
        return problem(
            "home",
            N_("The folder {folder} cannot be written."),
            N_("chown -R {user} {folder}   (or name another home: export CODEX2API_HOME=FOLDER)"),
            folder=there,
            user="$USER",
        )
    if not home.exists():
        return fine("home", N_("The home folder {home} will be made when it is needed."), home=home)
    return fine("home", N_("The home folder {home} can be written."), home=home)


def check_modes(home: Path, logs: Path) -> Finding:
    """Whether anybody else on this machine can read tokens, keys or conversations."""
    exposed = list(open_to_others(home, logs))
    if not exposed:
        return fine("file_modes", N_("The files are private (folders 0700, files 0600)."))
    named = ", ".join(str(path) for path in exposed[:_NAMED])
    more = f" (+{len(exposed) - _NAMED})" if len(exposed) > _NAMED else ""
    return problem(
        "file_modes",
        N_("Other users of this machine can read {files}."),
        "codex2api doctor --fix",
        files=f"{named}{more}",
    )


def open_to_others(home: Path, logs: Path) -> Iterator[Path]:
    """Files and folders of ours that others may read or write; none on Windows."""
    if os.name == "nt":
        return
    for path in _private(home, logs):
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o077:
            yield path


def make_private(home: Path, logs: Path) -> list[Path]:
    """Take others' rights away; gives what was changed.

    Raises:
        OSError: A file is somebody else's.
    """
    changed = list(open_to_others(home, logs))
    for path in changed:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return changed


def check_disk(home: Path) -> Finding:
    """Room on the disk of the home."""
    return judge_disk(shutil.disk_usage(_existing(home)).free, home)


def judge_disk(free: int, home: Path) -> Finding:
    """What so many free bytes mean."""
    remedy = N_("Make room on the disk that holds {home}; codex2api config set ledger.retentionDays"
                " 30 keeps less.")  # fmt: skip
    told = f"{free / 1_000_000_000:.1f} GB"
    if free < _NONE:
        return problem(
            "disk", N_("The disk is full: {free} are left."), remedy, free=told, home=home
        )
    if free < _LITTLE:
        return warning(
            "disk", N_("The disk is nearly full: {free} are left."), remedy, free=told, home=home
        )
    return fine("disk", N_("{free} of disk space are free."), free=told)


def _private(home: Path, logs: Path) -> Iterator[Path]:
    """What has to be private, as far as it is there."""
    yield from (path for path in (home, home / "config.json") if path.exists())
    folders = [home / "data"] + ([logs] if logs.is_relative_to(home) else [])
    for folder in folders:
        if folder.is_dir():
            yield folder
            yield from sorted(folder.rglob("*"))


def _existing(path: Path) -> Path:
    """The path, or the nearest above it that is there."""
    return next(each for each in (path, *path.parents) if each.exists())
