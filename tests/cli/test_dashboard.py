"""``codex2api dashboard``, and ``serve`` that opens it: a link that works once."""

from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from click.testing import CliRunner, Result

from codex2api.cli import main
from tests.cli.server_process import PATIENCE, environment, serving


def run(home: Path, port: int) -> Result:
    env = {**environment(home), "PORT": str(port)}
    return CliRunner().invoke(main, ["dashboard", "--no-open"], env=env)


def followed(link: str) -> tuple[int, str]:
    """Status and cookie of a browser that follows it."""
    parts = urlsplit(link)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("set-cookie", "")


def test_the_link_is_the_result_and_works_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server:
        done = run(tmp_path, server.port)
        assert done.exit_code == 0, done.stderr
        link = done.stdout.strip()
        assert link.startswith(f"{server.url}/sign-in/dashboard/")
        assert server.key not in done.output
        status, cookie = followed(link)
        assert (status, "HttpOnly; SameSite=Strict" in cookie) == (303, True)
        assert followed(link) == (200, "")
        assert f"dashboard {server.url}/" in server.screen


def test_of_several_workers_each_knows_the_session_and_one_the_link(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login", "--workers", "2") as server:
        link = run(tmp_path, server.port).stdout.strip()
        status, cookie = followed(link)
        assert status == 303
        assert [followed(link) for _ in range(6)] == [(200, "")] * 6
        for _ in range(6):
            connection = HTTPConnection(server.host, server.port, timeout=PATIENCE)
            headers = {"cookie": cookie.partition(";")[0]}
            connection.request("GET", "/admin/api/accounts", headers=headers)
            assert connection.getresponse().status == 200
            connection.close()


def test_serve_open_says_the_link_where_there_is_no_browser(tmp_path: Path) -> None:
    env = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "SSH_TTY": "/dev/none"}
    with serving(tmp_path, "--no-login", "--open", env=env) as server:
        while not (links := [line for line in server.said if "/sign-in/dashboard/" in line]):
            assert server.process.poll() is None
        assert followed(links[0].strip())[0] == 303


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path) -> None:
    done = run(tmp_path, 1)
    assert (done.exit_code, done.stdout) == (3, "")
    assert "codex2api serve --open" in done.stderr
