"""A sign of life on stderr while something takes its time; only for people, and not at once."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import TextIO

from codex2api.cli.terminal import plain, wish

_NOT_BEFORE = 0.3
_EVERY = 0.1
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PLAIN_FRAMES = "|/-\\"


@contextmanager
def waiting(text: str, stream: TextIO | None = None) -> Iterator[None]:
    """Show a text and a spinner while the block runs, from 300 ms on; a pipe gets nothing."""
    stream = stream or sys.stderr
    if not stream.isatty() or wish("quiet"):
        yield
        return
    over = threading.Event()
    frames = _PLAIN_FRAMES if plain(stream) else _FRAMES
    spinner = threading.Thread(target=_spin, args=(stream, text, frames, over), daemon=True)
    spinner.start()
    try:
        yield
    finally:
        over.set()
        spinner.join()


def _spin(stream: TextIO, text: str, frames: str, over: threading.Event) -> None:
    if over.wait(_NOT_BEFORE):
        return
    for frame in cycle(frames):
        stream.write(f"\r{frame} {text}")
        stream.flush()
        if over.wait(_EVERY):
            break
    stream.write(f"\r{' ' * (len(text) + 2)}\r")
    stream.flush()
