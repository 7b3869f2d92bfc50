"""The end of the log, without anything that a person or a model has said."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_HEAD = re.compile(r"\[\d{4}-\d\d-\d\dT[\d:.]+Z\] \[\w+\] ")
_FRAME = re.compile(r'    \|\s+File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<where>[\w<>.]+)')
_RAISED = re.compile(
    r"    \| (?P<name>Traceback|[A-Za-z_][\w.]*(?:Error|Exception|Group|Interrupt|Exit))(?:[ :]|$)"
)
_BODY = re.compile(r" body=")
_READ = 512 * 1024
"""Bytes at the end of each file that are read: the last lines are in there."""


def last_lines(folder: Path, count: int) -> list[str]:
    """The last lines of the newest day's files, in their order, tracebacks below their line.

    Raises:
        OSError: A file cannot be read.
    """
    files = sorted(folder.glob("*.log"))
    days = sorted({file.name[:10] for file in files})[-2:]
    entries: list[list[str]] = []
    for file in files:
        if file.name[:10] in days:
            entries += _entries(_end_of(file).splitlines())
    entries.sort(key=lambda entry: entry[0])  # every head begins with its time
    return [line for entry in entries[-count:] for line in entry] if count else []


def without_words(lines: Iterable[str]) -> Iterator[str]:
    """The lines, without bodies, and without what errors quote in their texts.

    Of a traceback the places and the kinds of errors are left: a text may quote its input.
    """
    for line in lines:
        if _HEAD.match(line):
            if not _BODY.search(line):
                yield line
        elif frame := _FRAME.match(line):
            yield f"    |   {_inside(frame['file'])}:{frame['line']} in {frame['where']}"
        elif raised := _RAISED.match(line):
            yield f"    | {raised['name']}"


def _entries(lines: Iterable[str]) -> list[list[str]]:
    """Each head with what follows it; what comes before the first head was cut."""
    entries: list[list[str]] = []
    for line in lines:
        if _HEAD.match(line):
            entries.append([line])
        elif entries:
            entries[-1].append(line)
    return entries


def _end_of(file: Path) -> str:
    with file.open("rb") as opened:
        opened.seek(0, 2)
        opened.seek(max(0, opened.tell() - _READ))
        return opened.read().decode("utf-8", "replace")


def _inside(file: str) -> str:
    """A source file's name from its package on: where it is installed is nobody's business."""
    for mark in ("/site-packages/", "\\site-packages\\", "/src/", "\\src\\"):
        if mark in file:
            return file.rpartition(mark)[2]
    return Path(file).name
