"""Where lines go. Whatever happens here, serving goes on."""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from codex2api.logs.console import teller
from codex2api.logs.lines import Clock, Fields, plain_line, without_secrets

_SOON = 0.02
"""Seconds: a person does not notice, and a busy server writes some ten lines at once."""

_MAY_WAIT = frozenset({"info", "debug"})

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True, slots=True)
class _File:
    """An open file, and where it was opened."""

    path: str
    descriptor: int
    opened: os.stat_result

    def is_there(self) -> bool:
        """Whether it still has its name: somebody may tidy up, or rotate logs.

        Asked for each write, which is one for many lines: what is removed takes no line along.
        """
        try:
            return os.path.samestat(os.stat(self.path), self.opened)  # noqa: PTH116 (often)
        except OSError:
            return False


class DayFiles:
    """``{date}-{level}.log`` in a folder; appending is atomic, so that processes may share it.

    Args:
        folder: Made when the first line is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._date = ""
        self._open: dict[str, _File] = {}
        self._broken = False
        self._turn = threading.RLock()

    def write(self, date: str, level: str, lines: str) -> str | None:
        """Append whole lines; after a failure later ones try again.

        Returns:
            What the console is to be told: that it failed, the first time.
        """
        data = lines.encode("utf-8", "backslashreplace")
        try:
            with self._turn:  # a descriptor that two threads close may be somebody else's by then
                os.write(self._file(date, level).descriptor, data)
        except OSError as error:
            self.close()
            if not self._broken:
                self._broken = True
                why = f"Log files in {self._folder} cannot be written: {error.strerror}."
                return f"{why} Serving goes on without them."
        return None

    def close(self) -> None:
        """Close all files; the next line opens them again."""
        with self._turn:
            while self._open:
                os.close(self._open.popitem()[1].descriptor)

    def _file(self, date: str, level: str) -> _File:
        if date != self._date:
            self.close()
            self._date = date
        file = self._open.get(level)
        if file is None:
            file = self._open[level] = self._opened(f"{date}-{level}.log")
        elif not file.is_there():
            file = self._open[level] = self._replaced(file)
        return file

    def _opened(self, name: str) -> _File:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = str(self._folder / name)
        descriptor = os.open(path, _APPEND, 0o600)
        return _File(path, descriptor, os.fstat(descriptor))

    def _replaced(self, file: _File) -> _File:
        """A new file; or the old one, wherever it is now, as long as there can be none."""
        try:
            fresh = self._opened(Path(file.path).name)
        except OSError:
            if not os.fstat(file.descriptor).st_nlink:
                raise
            return file
        os.close(file.descriptor)
        return fresh


class Sinks:
    """The console and the files, as the innermost logger of structlog.

    What informs becomes lines some milliseconds later, together with all that came meanwhile: done
    for each record by itself, that costs a request four times as much. Anything worse is written at
    once, and so is everything where no event loop runs.

    Args:
        console: Where a person or a collector reads along.
        render: How a record looks there.
        files: ``None`` writes none.
        clock: When something is said.
    """

    def __init__(
        self,
        console: TextIO,
        render: Callable[[str, Fields], str],
        files: DayFiles | None,
        clock: Clock,
    ) -> None:
        self._tell = teller(console, self._note)
        self._render = render
        self._files = files
        self._clock = clock
        self._waiting: list[tuple[float, Fields]] = []
        self._loop: asyncio.AbstractEventLoop | None = None  # the one that is going to flush

    def msg(self, **record: Any) -> None:
        """Take one record down; ``level`` and ``event`` are among its fields."""
        self._waiting.append((self._clock.now(), record))
        if record["level"] not in _MAY_WAIT or not self._is_flushed_soon():
            self.flush()

    def flush(self) -> None:
        """Write what is there; at the end of the process, too."""
        self._loop = None
        waiting, self._waiting = self._waiting, []
        told = [(self._clock.text(at), without_secrets(record)) for at, record in waiting]
        lines = [self._render(stamp, fields) for stamp, fields in told]
        self._say("".join([f"{line}\n" for line in lines]))
        if self._files is None:
            return
        if self._render is not plain_line:
            lines = [plain_line(stamp, fields) for stamp, fields in told]
        files = [(stamp[:10], fields["level"]) for stamp, fields in told]
        for (date, level), some in groupby(zip(files, lines, strict=True), itemgetter(0)):
            failure = self._files.write(date, level, "".join([f"{line}\n" for _, line in some]))
            if failure is not None:
                self._say(self._own_line(failure))

    def _is_flushed_soon(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread, or before and after the server
            return False
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(_SOON, self.flush)
        return True

    def _say(self, lines: str) -> None:
        try:
            self._tell(lines)
        except (OSError, ValueError):
            return  # a closed pipe or terminal: nobody is left to tell; the files still hear it

    def _note(self, dropped: int) -> str:
        return self._own_line("log.console_was_full", dropped=dropped)

    def _own_line(self, event: str, **fields: Any) -> str:
        """A line for the console alone."""
        stamp = self._clock.text(self._clock.now())
        return self._render(stamp, {"level": "warn", "event": event, **fields}) + "\n"

    debug = info = warn = warning = error = critical = exception = fatal = log = msg
