"""Read a line from the person while other things go on."""

import asyncio
import os
import sys
import threading

_LONGEST = 64 * 1024


async def next_line() -> str | None:
    """The next line of standard input, ``None`` at its end; can be cancelled.

    A thread of its own reads the bare descriptor: a thread of the pool, or Python's buffered
    ``stdin``, would keep the process from ending while it waits.
    """
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str | None] = loop.create_future()

    def deliver(text: str | None) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        text = _read_line(sys.stdin.fileno())
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, text)

    threading.Thread(target=read, daemon=True).start()
    return await line


def _read_line(descriptor: int) -> str | None:
    held = b""
    while b"\n" not in held and len(held) < _LONGEST:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            break
        if not piece:
            break
        held += piece
    return held.split(b"\n")[0].decode(errors="replace") if held else None
