"""The owner's own client key, made on first start."""

import secrets
from pathlib import Path

from filelock import FileLock

from codex2api.errors import ApiError, Kind
from codex2api.store.durable import make_private, write_private

_NAME = "local.key"
_SHORTEST = 20


def load_or_create(data_dir: Path) -> str:
    """The key in ``data/local.key``; of several processes that start at once, one makes it.

    Raises:
        ApiError: If the file holds something that is no key. It is never replaced in silence,
            because programs may have been given the key it held.
    """
    path = data_dir / _NAME
    make_private(data_dir)
    # It came whole, by a rename, so no lock is needed; a read-only folder has no room for one.
    if path.exists():
        return _read(path)
    with FileLock(data_dir / f".{_NAME}.lock", mode=0o600):
        if not path.exists():
            key = f"sk-codex2api-{secrets.token_urlsafe(32)}"
            write_private(path, f"{key}\n".encode())
            return key
        return _read(path)


def _read(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    key = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(key) < _SHORTEST or not key.isascii() or not key.isprintable() or " " in key:
        raise ApiError(
            Kind.INTERNAL,
            f"{path.parent.name}/{_NAME} holds no usable key. Delete the file to have a new one "
            "made with the next start.",
        )
    return key
