"""The console: it is told what it takes at once. A reader who does not read stops nobody."""

import os
import select
import stat
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

Tell = Callable[[str], object]
"""Writes whole lines at once; raises ``OSError`` or ``ValueError`` where nobody is left to tell."""


def teller(console: TextIO, note: Callable[[int], str]) -> Tell:
    """What writes to a console, past Python's own buffers where it is a descriptor.

    Args:
        console: Of this process; maybe shared with its parent and with others.
        note: The line that says how many lines were dropped.
    """
    try:
        descriptor = console.fileno()
    except (OSError, ValueError):
        return lambda lines: (console.write(lines), console.flush())
    # On Windows nothing tells whether a pipe takes more.
    if os.name == "nt" or stat.S_ISREG(os.fstat(descriptor).st_mode):
        return lambda lines: os.write(descriptor, _bytes(lines))
    return _Unread(_own(descriptor), note).tell


class _Unread:
    """A pipe, a terminal or a socket, which takes nothing more when it is full.

    One piece waits until there is room, so that no line is cut in two; what comes meanwhile is
    dropped, and counted.
    """

    def __init__(self, descriptor: int, note: Callable[[int], str]) -> None:
        self._descriptor = descriptor
        self._note = note
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._waiting = b""
        self._dropped = 0
        self._turn = threading.RLock()  # a signal may come, and say something, amid a line

    def tell(self, lines: str) -> None:
        with self._turn:
            self._push()
            if self._dropped and self._takes(_bytes(self._note(self._dropped))):
                self._dropped = 0
            for piece in _pieces(_bytes(lines)):
                if self._dropped or not self._takes(piece):
                    self._dropped += piece.count(b"\n")

    def _takes(self, piece: bytes) -> bool:
        """Whether a piece is written, or the next one to be."""
        if self._waiting:
            return False
        self._waiting = piece
        self._push()
        return True

    def _push(self) -> None:
        while self._waiting and self._room.poll(0):
            try:
                written = os.write(self._descriptor, self._waiting[: select.PIPE_BUF])
            except BlockingIOError:
                return
            self._waiting = self._waiting[written:]


def _own(descriptor: int) -> int:
    """The same pipe or terminal, but opened by ourselves so that writing never waits.

    The one that we were given is shared, and so would be a flag set on it. Where it cannot be
    opened again, asking before each write has to do: another process may still take the room, and
    a terminal may have some, but not enough.
    """
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return descriptor


def _pieces(lines: bytes) -> Iterator[bytes]:
    """As many whole lines as a pipe takes whole, or one that is longer."""
    begin = 0
    while begin < len(lines):
        end = lines.rfind(b"\n", begin, begin + select.PIPE_BUF) + 1
        end = end or lines.find(b"\n", begin) + 1 or len(lines)
        yield lines[begin:end]
        begin = end


def _bytes(lines: str) -> bytes:
    return lines.encode("utf-8", "backslashreplace")
