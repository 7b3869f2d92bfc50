"""Logs: lines, files, redaction; and nothing that goes wrong there reaches a caller."""

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, strategies as st

from codex2api import logs
from codex2api.logs.lines import plain_line
from codex2api.logs.redact import redact, redact_body, redact_text
from codex2api.upstream import usage
from tests.loggers import forget_logging

NOON = 1_795_262_400.25
LINE = re.compile(
    r"\[(?P<time>[\d:.TZ-]+)\] \[(?P<level>\w+)\] \[(?P<id>[^\]]+)\] (?P<message>.*)", re.DOTALL
)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is process-wide; leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


class Setup:
    """Configured logging with a console of its own and a clock that is moved by hand."""

    def __init__(self, folder: Path | None, **options: Any) -> None:
        self.console = io.StringIO()
        self.now = NOON
        self.folder = folder
        logs.configure(
            **{"level": "info", "format": "json", **options},
            directory=folder,
            console=self.console,
            now=lambda: self.now,
        )
        self.log = structlog.get_logger("test")

    def lines(self) -> list[str]:
        return self.console.getvalue().splitlines()

    def file(self, name: str) -> list[str]:
        assert self.folder is not None
        return (self.folder / name).read_text(encoding="utf-8").splitlines()


def test_a_record_goes_to_the_file_of_its_level_and_day(tmp_path: Path) -> None:
    setup = Setup(tmp_path / "logs", level="debug")
    structlog.contextvars.bind_contextvars(request_id="req_1")

    setup.log.info("request", status=200, path="/v1/models", note="two words", nothing=None)
    setup.log.warning("account.rested", account="default")
    setup.log.debug("detail")
    setup.log.error("bad")
    setup.now += 86_400
    setup.log.info("next day")

    line = '[info] [req_1] request status=200 path=/v1/models note="two words"'
    assert setup.file("2026-11-21-info.log") == [f"[2026-11-21T12:00:00.250Z] {line}"]
    assert setup.file("2026-11-21-warn.log") == [
        "[2026-11-21T12:00:00.250Z] [warn] [req_1] account.rested account=default"
    ]
    assert setup.file("2026-11-22-info.log")[0].endswith("[req_1] next day")
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == [
        "2026-11-21-debug.log",
        "2026-11-21-error.log",
        "2026-11-21-info.log",
        "2026-11-21-warn.log",
        "2026-11-22-info.log",
    ]


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    Setup(tmp_path / "logs").log.info("x")

    assert (tmp_path / "logs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "logs" / "2026-11-21-info.log").stat().st_mode & 0o777 == 0o600


def test_less_important_records_are_not_written(tmp_path: Path) -> None:
    setup = Setup(tmp_path, level="warn")

    setup.log.info("no")
    setup.log.warning("yes")

    assert [json.loads(line)["event"] for line in setup.lines()] == ["yes"]


def test_json_for_programs() -> None:
    setup = Setup(None)

    setup.log.info("request", status=200, model="gpt-\u2028x")

    assert json.loads(setup.lines()[0]) == {
        "timestamp": "2026-11-21T12:00:00.250Z",
        "level": "info",
        "event": "request",
        "status": 200,
        "model": "gpt-\u2028x",
    }


def test_colours_for_people_only_where_wanted() -> None:
    coloured = Setup(None, format="console", colour=True)
    coloured.log.info("hello", a=1)
    plain = Setup(None, format="console", colour=False)
    structlog.get_logger("other").info("hello", a=1)

    assert "\x1b[32minfo" in coloured.lines()[0]
    assert plain.lines() == ["[2026-11-21T12:00:00.250Z] [info] [-] hello a=1"]


def test_a_traceback_follows_its_line_indented() -> None:
    setup = Setup(None, format="console", colour=False)
    try:
        raise ValueError("first\n[2026] [info] [-] forged")
    except ValueError:
        setup.log.exception("request.bug")

    first, *rest = setup.lines()
    assert first.endswith("[error] [-] request.bug")
    assert rest
    assert all(line.startswith("    | ") for line in rest)


def test_library_logs_take_the_same_road() -> None:
    setup = Setup(None)

    logging.getLogger("aiohttp.client").warning("cookie %s", "of sk-abcdefgh12345678")
    logging.getLogger("uvicorn.error").info("chatter")
    logging.getLogger("asyncio").error("wrong %d %d", 1)  # noqa: PLE1206 (as libraries do)

    records = [json.loads(line) for line in setup.lines()]
    assert [(r["logger"], r["level"]) for r in records] == [
        ("aiohttp.client", "warn"),
        ("asyncio", "error"),
    ]
    assert "sk-abc" not in setup.console.getvalue()


@pytest.mark.parametrize(("text", "told"), [(b"\xff", 0), (b"", 1)])
def test_what_callers_send_is_no_traceback_of_ours(text: bytes, told: int) -> None:
    setup = Setup(None)
    try:
        text.decode("utf-8")
        raise RuntimeError("of the server itself")
    except (UnicodeDecodeError, RuntimeError):
        logging.getLogger("uvicorn.error").exception("It failed.")

    assert len(setup.lines()) == told


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    setup = Setup(tmp_path / "file" / "logs")

    setup.log.info("one")
    setup.log.info("two")

    assert len(setup.lines()) == 3
    assert setup.console.getvalue().count("cannot be written") == 1


def test_writing_goes_on_when_the_folder_is_back(tmp_path: Path) -> None:
    obstacle = tmp_path / "logs"
    obstacle.write_text("")
    setup = Setup(obstacle)
    setup.log.info("lost")
    obstacle.unlink()

    setup.log.info("kept")

    assert len(setup.file("2026-11-21-info.log")) == 1


@pytest.mark.parametrize("moved_to", ["info.log.1", None])
def test_a_file_that_was_moved_or_removed_is_made_anew(
    tmp_path: Path, moved_to: str | None
) -> None:
    setup = Setup(tmp_path / "logs")
    setup.log.info("before")
    path = tmp_path / "logs" / "2026-11-21-info.log"
    if moved_to is None:
        shutil.rmtree(path.parent)
    else:
        path.rename(tmp_path / moved_to)

    setup.log.info("after")
    setup.log.info("later")

    assert [line.rsplit(" ", 1)[1] for line in setup.file(path.name)] == ["after", "later"]
    assert moved_to is None or "before" in (tmp_path / moved_to).read_text()


def test_as_long_as_no_new_file_can_be_made_lines_go_where_the_old_one_went(
    tmp_path: Path,
) -> None:
    setup = Setup(tmp_path / "logs")
    setup.log.info("before")
    (tmp_path / "logs").rename(tmp_path / "moved")
    (tmp_path / "logs").touch()
    setup.log.info("meanwhile")
    (tmp_path / "logs").unlink()
    setup.log.info("after")

    old = (tmp_path / "moved" / "2026-11-21-info.log").read_text().splitlines()
    assert [line.rsplit(" ", 1)[1] for line in old] == ["before", "meanwhile"]
    assert len(setup.file("2026-11-21-info.log")) == 1


def test_a_removed_file_that_cannot_be_made_anew_is_told(tmp_path: Path) -> None:
    setup = Setup(tmp_path / "logs")
    setup.log.info("before")
    shutil.rmtree(tmp_path / "logs")
    (tmp_path / "logs").touch()

    setup.log.info("lost")

    assert "cannot be written" in setup.console.getvalue()


def test_a_console_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    setup.console.close()

    setup.log.info("still filed")

    assert "still filed" in setup.file("2026-11-21-info.log")[0]


SECRETS = [
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "rt_abcdefghijklmnop",
    "sk-proj-abcdefghijklmnop",
    "someone.else+tag@mail.example",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", ["{}", "x {} y", '{{"a":"{}"}}', "https://h/?q={}&b=1", "<{}>"])
def test_secrets_are_known_by_their_look(form: str, secret: str) -> None:
    assert secret not in redact_text(form.format(secret))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [hidden]"),
        ("authorization: bearer abcdef, next", "authorization: bearer [hidden], next"),
        ("Set-Cookie: a=b; Path=/", "Set-Cookie: [hidden]"),
        ("/auth/callback?code=ac_123456&x=1", "/auth/callback?code=[hidden]&x=1"),
        ("status code=200 is fine", "status code=200 is fine"),
        ("a task-like word", "a task-like word"),
    ],
)
def test_what_stays_readable_around_a_secret(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_secrets_are_known_by_their_name() -> None:
    assert redact(
        {
            "access_token": "a",
            "refreshToken": ["b"],
            "x-api-key": "c",
            "Cookie": "d",
            "code": "e",
            "total_tokens": 12,
            "tokens": {"id": "f", "secret": "g"},
            "code_path": "h",
        }
    ) == {
        "access_token": "[hidden]",
        "refreshToken": "[hidden]",
        "x-api-key": "[hidden]",
        "Cookie": "[hidden]",
        "code": "[hidden]",
        "total_tokens": 12,
        "tokens": {"id": "f", "secret": "[hidden]"},
        "code_path": "h",
    }


def test_bodies_are_noted_only_when_asked_for_and_redacted() -> None:
    setup = Setup(None)
    body = json.dumps({"messages": [{"content": "I am me@x.example"}], "image": "A" * 5000})

    logs.body_log(enabled=False)("request.body", body.encode())
    assert setup.lines() == []
    logs.body_log(enabled=True)("request.body", body.encode())

    told = json.loads(setup.lines()[0])["body"]
    assert "I am [hidden]" in told
    assert len(told) < 2500
    assert redact_body(b"\xff not json sk-12345678") == "\ufffd not json [hidden]"


VALUES = st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=2)


@given(st.text(), st.dictionaries(st.text("abcdefgh_", min_size=1), VALUES, max_size=4))
def test_no_value_can_forge_a_line(event: str, fields: dict[str, Any]) -> None:
    line = plain_line("2026-11-21T12:00:00.250Z", {"event": event, "level": "info", **fields})

    assert len(line.splitlines()) == 1
    assert LINE.fullmatch(line)


def test_the_level_changes_for_loggers_that_were_used_before() -> None:
    console = io.StringIO()
    set_level = logs.configure(level="warn", directory=None, format="console", console=console)
    log = structlog.get_logger()
    log.info("before")

    set_level("info")
    log.info("louder")
    set_level("error")
    log.warning("quieter")

    assert "louder" in console.getvalue()
    assert "before" not in console.getvalue()
    assert "quieter" not in console.getvalue()


def test_loggers_that_were_used_before_follow_the_newest_configuration() -> None:
    log = structlog.get_logger("an older one")
    logs.configure(level="error", directory=None, format="console", console=io.StringIO())
    log.warning("not.told")
    logs.configure(level="warn", directory=None, format="console", console=io.StringIO())

    with structlog.testing.capture_logs() as told:
        log.warning("told")

    assert [each["event"] for each in told] == ["told"]


def test_no_test_leaves_its_logging_to_the_next() -> None:
    logs.configure(level="error", directory=None, format="console", console=io.StringIO())
    usage.log.warning("not.told")
    forget_logging()

    with structlog.testing.capture_logs() as told:
        usage.log.warning("told")

    assert [each["event"] for each in told] == ["told"]
