"""What is remembered of sign-ins beside their tokens: ``data/sign-in.json``, private.

Who this machine is to OpenAI, which clients were registered from it, and which of OpenAI's sign-ins
its owner has chosen. It outlives a sign-out: the same person signs in with the same client again.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog
from filelock import FileLock

from codex2api.errors import ApiError, Kind
from codex2api.store.durable import make_private, write_private

_NAME = "sign-in.json"

_log = structlog.get_logger()


class SignInNotes:
    """Notes of all processes that share the folder.

    Args:
        data_dir: The folder; created, private, with the first note.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir
        self._path = data_dir / _NAME

    def host_id(self) -> str:
        """``urn:uuid:...``, made with the first question and the same for ever.

        Raises:
            ApiError: There is none, and it cannot be written.
        """
        known = self._read().get("host_id")
        if isinstance(known, str):
            return known
        made = self._change(lambda notes: {"host_id": uuid.uuid4().urn} | notes)
        return str(made["host_id"])

    def client_id(self, label: str) -> str | None:
        """The client that was registered for an account of ours, if one was."""
        known = _clients(self._read()).get(label)
        return known if isinstance(known, str) else None

    def keep(self, label: str, client_id: str) -> None:
        """Remember a client.

        Raises:
            ApiError: It cannot be written.
        """
        self._change(lambda notes: notes | {"clients": _clients(notes) | {label: client_id}})

    def kind(self) -> str | None:
        """Which sign-in the owner has chosen, if that was asked."""
        known = self._read().get("kind")
        return known if isinstance(known, str) else None

    def choose(self, kind: str) -> None:
        """Remember which sign-in the owner has chosen.

        Raises:
            ApiError: It cannot be written.
        """
        self._change(lambda notes: notes | {"kind": kind})

    def _read(self) -> dict[str, Any]:
        try:
            notes = msgspec.json.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            _log.warning("sign_in_notes.unreadable", file=_NAME)
            return {}
        return notes if isinstance(notes, dict) else {}

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        try:
            with self._turn():
                notes = change(self._read())
                write_private(self._path, msgspec.json.format(msgspec.json.encode(notes)) + b"\n")
        except OSError as error:
            raise ApiError(
                Kind.INTERNAL,
                f"What the sign-in has to remember (data/{_NAME}) could not be saved: "
                f"{error.strerror}.",
            ) from error
        return notes

    @contextmanager
    def _turn(self) -> Iterator[None]:
        make_private(self._folder)
        with FileLock(self._folder / f".{_NAME}.lock", mode=0o600):
            yield


def _clients(notes: dict[str, Any]) -> dict[str, Any]:
    clients = notes.get("clients")
    return clients if isinstance(clients, dict) else {}
