"""Where lines go. Whatever happens here, serving goes on."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from codex2api.logs.lines import Clock, Fields, plain_line, without_secrets

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class DayFiles:
    """``{date}-{level}.log`` in a folder; appending is atomic, so that processes may share it.

    Args:
        folder: Made when the first line is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._date = ""
        self._open: dict[str, int] = {}
        self._broken = False

    def write(self, date: str, level: str, line: str) -> None:
        """Append a line. A failure is told once, on stderr; later lines try again."""
        try:
            os.write(self._file(date, level), f"{line}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.close()
            if not self._broken:
                self._broken = True
                _warn(f"Log files in {self._folder} cannot be written: {error.strerror}.")

    def close(self) -> None:
        """Close all files; the next line opens them again."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _file(self, date: str, level: str) -> int:
        if date != self._date:
            self.close()
            self._date = date
        descriptor = self._open.get(level)
        if descriptor is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._folder / f"{date}-{level}.log", _APPEND, 0o600)
            self._open[level] = descriptor
        return descriptor


class Sinks:
    """The console and the files, as the innermost logger of structlog.

    Args:
        console: Where a person or a collector reads along.
        render: How a record looks there.
        files: ``None`` writes none.
    """

    def __init__(
        self,
        console: TextIO,
        render: Callable[[str, Fields], str],
        files: DayFiles | None,
        clock: Clock,
    ) -> None:
        self._tell = _teller(console)
        self._render = render
        self._files = files
        self._clock = clock

    def msg(self, **record: Any) -> None:
        """Write one record; ``level`` and ``event`` are among its fields."""
        stamp = self._clock.read()
        fields = without_secrets(record)
        line = self._render(stamp, fields)
        self._say(f"{line}\n")
        if self._files is not None:
            text = line if self._render is plain_line else plain_line(stamp, fields)
            self._files.write(stamp[:10], fields["level"], text)

    def _say(self, line: str) -> None:
        try:
            self._tell(line)
        except (OSError, ValueError):
            return  # a closed pipe or terminal: nobody is left to tell; the files still hear it

    debug = info = warn = warning = error = critical = exception = fatal = log = msg


def _teller(console: TextIO) -> Callable[[str], object]:
    """What writes a line at once; past Python's own buffers where the console is a descriptor."""
    try:
        descriptor = console.fileno()
    except (OSError, ValueError):
        return lambda line: (console.write(line), console.flush())
    return lambda line: os.write(descriptor, line.encode("utf-8", "backslashreplace"))


def _warn(sentence: str) -> None:
    try:
        sys.stderr.write(f"{sentence} Serving goes on without them.\n")
    except (OSError, ValueError):
        return
