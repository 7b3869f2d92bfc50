"""``make demo`` as a newcomer sees it, and what it says when something is wrong."""

import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
DEMO = [sys.executable, str(SCRIPTS / "demo.py")]


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    return importlib.import_module("demo")


@pytest.fixture
def children(demo: ModuleType) -> ModuleType:
    return importlib.import_module("children")


@pytest.fixture
def callback_port(demo: ModuleType) -> None:
    """Whoever holds the port may be a person's own sign-in, which the demo would end."""
    if any(demo.free_port(port) != port for port in demo.CALLBACK_PORTS):
        pytest.skip("port 1455 or 1457 is in use on this machine")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def begun(**environment: str) -> subprocess.Popen[str]:
    strange = {
        "PORT": "1",
        "CODEX2API_SERVER__AUTH": "nonsense",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    return subprocess.Popen(
        DEMO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **strange, "NO_COLOR": "1", **environment},
    )


@pytest.mark.usefixtures("callback_port")
def test_it_signs_in_and_prints_both_answers() -> None:
    with begun(ONESHOT="1") as process:
        said, _ = process.communicate(timeout=120)

    assert process.returncode == 0, said
    assert "OAuth with PKCE" in said
    assert said.count("This is a simulated answer.") == 2
    assert "Serving" not in said


@pytest.mark.usefixtures("callback_port")
def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(children: Any) -> None:
    with begun(ONESHOT="") as process:
        assert process.stdout is not None
        said = ""
        while "Serving until Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        addresses = re.findall(r"✓ .*(http://127\.0\.0\.1:\d+)\n", said)
        assert b"ok" in children.browse(f"{addresses[1]}/health")
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=60)[0]

    assert process.returncode == 0, said
    for address in addresses:
        with pytest.raises(urllib.error.URLError):
            children.browse(address)


def test_without_a_port_to_come_back_to_it_says_so(demo: Any, taken: int) -> None:
    with pytest.raises(demo.DemoFailed, match=f"needs port {taken} or {taken}"):
        demo.require_callback_port((taken, taken))


def test_a_command_that_ends_is_told_with_its_last_words(children: Any, tmp_path: Path) -> None:
    failed = r"Server ended with exit code 2\. .*--nonsense"

    with (
        pytest.raises(children.DemoFailed, match=failed),
        children.running("Server", tmp_path, "simulate", 0, "--nonsense"),
    ):
        raise AssertionError("it never answered")


@pytest.mark.parametrize(("text", "reason"), [("", "stop"), ("half a", "length"), ("cut", None)])
def test_half_an_answer_is_a_failed_demo(demo: Any, text: str, reason: str | None) -> None:
    with pytest.raises(demo.DemoFailed, match="not complete"):
        demo.require_complete(text, reason)


def test_a_server_that_refuses_is_told(demo: Any, children: Any) -> None:
    address = f"http://127.0.0.1:{children.free_port()}/auth/login"
    with pytest.raises(demo.DemoFailed, match="auth/login did not answer"):
        demo.fetch(address, "key", {})
