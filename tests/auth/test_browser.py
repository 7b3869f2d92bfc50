"""When a browser is worth a try."""

import sys
import time
from pathlib import Path

import pytest

from codex2api.auth.browser import can_open, open_browser


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"BROWSER": "firefox"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, False),
        ({"BROWSER": "firefox", "SSH_TTY": "/dev/pts/0"}, False),
    ],
)
def test_where_the_person_sits(environment: dict[str, str], expected: bool) -> None:
    assert can_open(environment) is expected


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a desktop is always there")
def test_without_a_desktop_there_is_none() -> None:
    assert not can_open({})


def test_no_browser_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("BROWSER", "no-such-browser-anywhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert open_browser("http://127.0.0.1:1/") is False


@pytest.mark.skipif(sys.platform != "linux", reason="other desktops have other openers")
def test_the_desktops_opener_gets_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(
        f'#!/bin/sh\necho chatter\necho "$1" > {tmp_path}/new\nmv {tmp_path}/new {tmp_path}/seen\n'
    )
    opener.chmod(0o700)
    for name in ("SSH_CONNECTION", "SSH_TTY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert open_browser("http://127.0.0.1:1/?a=b")
    seen = tmp_path / "seen"  # by a process that nobody waits for
    for _ in range(1000):
        if seen.exists():
            break
        time.sleep(0.01)
    assert seen.read_text() == "http://127.0.0.1:1/?a=b\n"
