"""Uploaded files: their content in a folder, what is known of them in the database.

A content is called by the process that writes it and a random word. What no entry names, and no
living process may still be writing, is swept away when the database is opened: so nothing remains
of an upload that a crash ended, wherever it was.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from io import BufferedWriter
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, Connection, delete, insert, null, select

from codex2api.conversations import Page, Reader, Slice, StoredFile
from codex2api.errors import ApiError, Kind
from codex2api.store.durable import make_private, sync_folder
from codex2api.store.engine import Database
from codex2api.store.rows import part_of, seen_by
from codex2api.store.runner import Runners
from codex2api.store.tables import FILES as F

_COLUMNS = (F.c.id, F.c.owner, F.c.created, F.c.name, F.c.purpose, F.c.size, F.c.expires)
_BUFFER = 1024 * 1024
"""Bytes that are written at once: a thread's turn costs more than a copy."""

_log = structlog.get_logger()


class SqlFiles:
    """A ``FileStore``.

    Args:
        database: Where the entries are.
        folder: Where the contents are; made, private, when it is needed.
        runners: Which processes are alive.
        now: Unix seconds.
    """

    def __init__(
        self, database: Database, folder: Path, runners: Runners, now: Callable[[], float]
    ) -> None:
        self._database = database
        self._folder = folder
        self._runners = runners
        self._now = now

    @asynccontextmanager
    async def begin(self) -> "AsyncIterator[_Writing]":
        """A new file; unless it is kept, nothing remains of it after the block or a crash."""
        make_private(self._folder)
        path = self._folder / f"{self._runners.begin()}.{secrets.token_hex(16)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        file = os.fdopen(descriptor, "wb")
        writing = _Writing(file, path, self._database)
        try:
            yield writing
        finally:
            with suppress(OSError):  # all that is kept has been written before
                file.close()
            if not writing.kept:
                path.unlink(missing_ok=True)

    async def find(self, reader: Reader, name: str) -> StoredFile | None:
        """The file of this id, if the reader may see it."""
        query = select(*_COLUMNS).where(self._visible(reader), F.c.id == name)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else StoredFile(*row)

    async def list(self, reader: Reader, page: Page, purpose: str | None) -> Slice[StoredFile]:
        """Part of the reader's files, in the order of their making."""
        query = select(*_COLUMNS).where(self._visible(reader))
        if purpose is not None:
            query = query.where(F.c.purpose == purpose)
        rows, has_more = await self._database.read(
            lambda connection: part_of(connection, query, page, F.c.number, F.c.id)
        )
        return Slice([StoredFile(*row) for row in rows], has_more)

    async def content(self, reader: Reader, name: str) -> Path | None:
        """Where the content lies, for reading only, if the reader may see the file."""
        query = select(F.c.place).where(self._visible(reader), F.c.id == name)
        place = await self._database.read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if place is None else self._folder / place

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a file; whether there was one."""
        return bool(await self._forget((F.c.id == name) & self._visible(reader)))

    async def forget_expired(self) -> int:
        """Remove what is over; how many files there were."""
        return await self._forget(F.c.expires <= int(self._now()))

    async def sweep(self) -> None:
        """Remove what a crash has left; of what another process may be writing nothing."""
        if not self._folder.exists():
            return
        suspects = [
            path
            for path in self._folder.iterdir()
            if not await self._runners.is_alive(path.name.partition(".")[0])
        ]
        # Looked up only now: what a process has kept before it ended is an entry by now.
        places = select(F.c.place)
        known = set(await self._database.read(lambda connection: connection.scalars(places).all()))
        for path in suspects:
            if path.name not in known:
                path.unlink(missing_ok=True)
                _log.info("files.swept", place=path.name)

    async def _forget(self, which: ColumnElement[bool]) -> int:
        """Remove entries, then contents: a crash between the two leaves what ``sweep`` removes."""

        def work(connection: Connection) -> list[str]:
            gone = connection.execute(delete(F).where(which).returning(F.c.place))
            return list(gone.scalars())

        places = await self._database.write(work)
        for place in places:
            (self._folder / place).unlink(missing_ok=True)
        return len(places)

    def _visible(self, reader: Reader) -> ColumnElement[bool]:
        unexpired = (F.c.expires == null()) | (F.c.expires > int(self._now()))
        return seen_by(reader, F.c.owner) & unexpired


class _Writing:
    """A content that is being written.

    Attributes:
        kept: Whether an entry may name it.
    """

    def __init__(self, file: BufferedWriter, path: Path, database: Database) -> None:
        self._file = file
        self._path = path
        self._database = database
        self._pieces: list[bytes] = []
        self._size = 0
        self.kept = False

    async def write(self, data: bytes) -> None:
        """Append to the content."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _BUFFER:
            with _told():
                await asyncio.to_thread(self._file.write, self._taken())

    async def keep(self, file: StoredFile) -> None:
        """Keep it; content and entry are durable on return."""
        with _told():
            await asyncio.to_thread(self._finish, self._taken())
        row = asdict(file) | {"place": self._path.name}

        def work(connection: Connection) -> None:
            connection.execute(insert(F), row)

        self.kept = True  # the entry may be made though nobody is left to hear of it
        try:
            await self._database.write(work)
        except ApiError:
            self.kept = False
            raise

    def _taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return data

    def _finish(self, rest: bytes) -> None:
        self._file.write(rest)
        self._file.flush()
        os.fsync(self._file.fileno())
        sync_folder(self._path.parent)


@contextmanager
def _told() -> Iterator[None]:
    """A failure of the disk as ours."""
    try:
        yield
    except OSError as error:
        _log.error("files.failed", reason=error.strerror)
        raise ApiError(
            Kind.INTERNAL,
            "This server could not write the file to its disk; its log says why.",
            code="storage_failed",
        ) from None
