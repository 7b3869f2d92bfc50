"""What tells one state of a file from another without reading it."""

import os
import time
from pathlib import Path
from typing import TypeAlias

_FRESHLY_WRITTEN_NS = 50_000_000

Mark: TypeAlias = tuple[int, ...] | None
"""Of a file or folder; ``None`` if it is not there."""

UNKNOWN: Mark = ()
"""The mark of what cannot be looked at now: the machine is in trouble."""


def mark_of(path: str | Path) -> Mark:
    """The mark that a file has now."""
    try:
        found = os.stat(path)  # noqa: PTH116 (for every request; a Path takes three times as long)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return UNKNOWN
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_settled(*marks: Mark) -> bool:
    """Whether marks can be trusted: two writes within one clock tick may look the same."""
    newest = max((mark[-1] for mark in marks if mark), default=0)
    return abs(time.time_ns() - newest) > _FRESHLY_WRITTEN_NS
