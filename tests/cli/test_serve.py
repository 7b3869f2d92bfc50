"""``codex2api serve`` as people run it: a process, real sockets, signals."""

import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from click.testing import CliRunner

from codex2api.cli import main
from codex2api.cli.server.listening import bind
from tests.cli.server_process import PATIENCE, ServerProcess, command, environment, serving


@contextmanager
def asking(server: ServerProcess, text: str) -> Iterator[HTTPResponse]:
    """A streamed answer that has begun."""
    body = {"model": "gpt-5.5", "stream": True, "messages": [{"role": "user", "content": text}]}
    headers = {**server.bearer, "content-type": "application/json"}
    with closing(HTTPConnection(server.host, server.port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers)
        with connection.getresponse() as answer:
            yield answer


def error_code(server: ServerProcess) -> tuple[int, str]:
    with asking(server, "Hi") as answer:
        return answer.status, json.loads(answer.read())["error"]["code"]


def refused(home: Path, *options: str) -> tuple[int, str]:
    """Exit code and last line of a server that does not start."""
    unset = dict.fromkeys(("PORT", "HOST", "CONFIG_PATH", "LOG_LEVEL", "DATABASE_URL"))
    done = CliRunner().invoke(main, ["serve", *options], env={**unset, "CODEX2API_HOME": str(home)})
    assert done.stdout == ""
    return done.exit_code, done.stderr.splitlines()[-1]


def test_sigterm_lets_a_running_answer_finish_and_takes_no_new_one(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server:
        with asking(server, "SCENARIO:text:n=20:d=100") as answer:
            first = answer.readline()
            server.process.send_signal(signal.SIGTERM)
            assert refuses(server)
            rest = answer.read()

        assert first.startswith(b"data: ")
        assert rest.endswith(b"data: [DONE]\n\n")
        assert server.process.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == [], "a demo keeps nothing"


def refuses(server: ServerProcess) -> bool:
    """Whether it takes no more connections, before long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection((server.host, server.port), timeout=0.1).close()
        except ConnectionRefusedError:
            return True
        except (TimeoutError, ConnectionResetError):
            continue
        time.sleep(0.01)
    return False


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server, asking(server, "SCENARIO:text:n=900:d=100"):
        server.process.send_signal(signal.SIGTERM)
        assert refuses(server)

        assert server.end(signal.SIGTERM) == 143


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server:
        assert server.end(signal.SIGINT) == 130


def test_a_fresh_start_makes_a_private_home_and_tells_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        assert "nobody is signed in; run: codex2api login" in server.screen
        assert server.key not in server.screen, "not on what may be a log"
        assert error_code(server) == (401, "no_account")
        server.end(signal.SIGTERM)

    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "data" / "local.key").stat().st_mode & 0o777 == 0o600


def test_several_workers_share_the_port_and_end_together(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        assert [error_code(server) for _ in range(4)] == [(401, "no_account")] * 4
        assert server.end(signal.SIGTERM) == 0


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, said = refused(tmp_path, "--port", port)

    assert code == 2
    assert said.endswith(
        f"Port {port} of 127.0.0.1 is in use already; choose another one with --port."
    )


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "a..b"])
def test_a_host_that_is_not_ours_is_one_sentence(tmp_path: Path, host: str) -> None:
    code, said = refused(tmp_path, "--host", host, "--port", "0")

    assert code == 2
    assert f"{host}:0 cannot be listened on" in said


def test_no_keys_only_on_loopback(tmp_path: Path) -> None:
    code, said = refused(tmp_path, "--no-auth", "--host", "0.0.0.0", "--port", "0")

    assert code == 2
    assert "loopback" in said


def test_a_bad_option_is_wrong_usage(tmp_path: Path) -> None:
    code, said = refused(tmp_path, "--workers", "0")

    assert code == 2
    assert "server.workers = 0 (command line)" in said


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        command("--port", "0"),
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(tmp_path / "file" / "home"),
        timeout=PATIENCE,
    )

    assert done.returncode == 2
    assert "cannot be used" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits of another process")
def test_as_many_files_may_be_open_as_the_system_allows(tmp_path: Path) -> None:
    with serving(tmp_path, under=["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh"]) as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    (soft,) = re.findall(r"Max open files +(\d+)", limits)
    assert int(soft) == min(65_536, hard)


def test_a_caller_who_vanishes_is_noticed() -> None:
    (listener,) = bind("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()):
        accepted, _address = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


def test_all_addresses_of_a_host_share_one_free_port() -> None:
    sockets = bind("localhost", 0)
    try:
        assert len({listener.getsockname()[1] for listener in sockets}) == 1
    finally:
        for listener in sockets:
            listener.close()
