"""A console that nobody reads: serving goes on, and what was lost is told."""

import json
import os
import pty
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from codex2api.logs.lines import Clock, json_line
from codex2api.logs.sinks import DayFiles, Sinks

LINES = 5_000


def a_socket() -> tuple[int, int]:
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


class Console:
    """Something to write to whose other end is read when the test says so."""

    def __init__(self, opened: tuple[int, int]) -> None:
        self.reads, self.writes = opened
        self.said = b""
        self.stream = os.fdopen(self.writes, "w")
        self.sinks = Sinks(self.stream, json_line, None, Clock(lambda: 0.0))

    def log(self, event: str, **fields: object) -> None:
        self.sinks.msg(event=event, level="info", **fields)

    def read(self) -> None:
        """Read all that is there."""
        while select.select([self.reads], [], [], 0.2)[0]:
            self.said += os.read(self.reads, 1 << 16)

    def records(self, event: str = "") -> list[dict[str, Any]]:
        """What was read; each line whole."""
        assert self.said.endswith(b"\n")
        records = [json.loads(line) for line in self.said.splitlines()]
        return [record for record in records if event in record["event"]]

    def numbers(self) -> list[int]:
        return [record["number"] for record in self.records("request")]

    def close(self) -> None:
        os.close(self.reads)
        self.stream.close()


@pytest.fixture(params=[os.pipe, pty.openpty, a_socket])
def console(request: pytest.FixtureRequest) -> Iterator[Console]:
    opened: Callable[[], tuple[int, int]] = request.param
    made = Console(opened())
    yield made
    made.close()


def test_what_finds_no_room_is_dropped_and_counted(console: Console) -> None:
    for number in range(LINES):
        console.log("request", number=number, path="/v1/" + "x" * 100)
    console.read()
    console.log("after")
    console.read()
    console.log("later")
    console.read()

    told, notes = console.numbers(), console.records("log.console_was_full")
    assert 0 < len(told) < LINES
    assert told == sorted(told)
    assert len(told) + sum(note["dropped"] for note in notes) == LINES
    events = [record["event"] for record in console.records()]
    assert events[-3:] == ["log.console_was_full", "after", "later"]


def test_a_long_line_is_told_whole_or_not_at_all(console: Console) -> None:
    for number in range(LINES // 100):
        console.log("request", number=number, body="x" * 10_000)
    for _ in range(3):
        console.read()
        console.sinks.flush()

    assert 0 < len(console.numbers()) < LINES // 100


def test_the_end_that_the_parent_holds_stays_as_it_is(console: Console) -> None:
    console.log("request", number=1)

    assert os.get_blocking(console.writes)
    console.read()
    assert console.numbers() == [1]


def test_the_files_hear_what_the_console_does_not(tmp_path: Path) -> None:
    console = Console(os.pipe())
    sinks = Sinks(console.stream, json_line, DayFiles(tmp_path), Clock(lambda: 0.0))
    for number in range(LINES):
        sinks.msg(event="request", level="info", number=number)

    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) == LINES
    console.close()
