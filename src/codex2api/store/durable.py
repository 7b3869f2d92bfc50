"""Files that hold secrets: private, and after a crash whole: the old one or the new one."""

import errno
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

import structlog

_LEFT_OVER_AFTER = 60.0
"""Seconds after which a temporary file must be the remains of a killed process."""

_log = structlog.get_logger()


def make_private(folder: Path) -> None:
    """Create a folder that is the owner's alone, or make an existing one so.

    A volume that belongs to somebody else, or is read-only, stays as it is, which the log says: the
    files in it are private all the same.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not folder.stat().st_mode & 0o077:
        return
    try:
        folder.chmod(0o700)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EROFS):
            raise
        _log.warning("folder.open_to_others", folder=folder.name, reason=error.strerror)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file atomically and durably, readable by its owner alone.

    A symbolic link is followed once, and what it points to is replaced. When this returns, the new
    content survives a power cut; when it raises, the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    _sweep(target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write_new(temporary, content)
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)  # there only if something failed
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in this folder durable."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot, and need not
            raise
    finally:
        os.close(descriptor)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sweep(target: Path) -> None:
    """Remove temporary files of killed processes: they hold tokens."""
    for left in target.parent.glob(f".{target.name}.*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_OVER_AFTER:
                left.unlink()
