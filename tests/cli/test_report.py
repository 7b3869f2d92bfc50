"""``codex2api report`` of an installation full of secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.server_process import PATIENCE, environment, serving
from tests.cli.signed_in import connect, log_of, post, simulated, soon, variables
from tests.served import sign_in

PROMPT = "what-nobody-else-may-read"
KEY = "a-client-key-of-the-environment-0123"
PROXY_PASSWORD = "hunter2-of-the-proxy"


def report(home: Path, *options: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex2api", "report", *options],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(home) | env,
        timeout=PATIENCE,
    )


def planted(home: Path) -> dict[str, str]:
    """Every secret of the installation, by what it is."""
    tokens = json.loads((home / "data" / "tokens.json").read_text())
    names = ("access_token", "refresh_token", "id_token", "account_id")
    return {
        **{name: tokens[name] for name in names},
        "local key": (home / "data" / "local.key").read_text().strip(),
        "prompt": PROMPT,
        "client key": KEY,
        "password of the proxy": PROXY_PASSWORD,
        "folder": str(home),
    }


def test_no_planted_secret_is_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with simulated() as simulator:
        sign_in(home, simulator)
        email = simulator.make_tokens()["email"]
        env = {
            **variables(simulator),
            "CODEX2API_API_KEYS": KEY,
            "ENABLE_REQUEST_LOGGING": "true",
            "HTTPS_PROXY": f"http://ada:{PROXY_PASSWORD}@proxy:1",
        }
        with serving(home, "--log-level", "info", env=env) as server:
            with connect(server) as connection:
                assert post(connection, server, PROMPT).read()
            account = planted(home)["account_id"]
            assert soon(lambda: PROMPT in log_of(home))
            assert server.end(15) == 0
        with next((home / "logs").glob("*-info.log")).open("a") as log:
            log.write(f"[2999-01-01T00:00:00.000Z] [info] [-] planted account={account} {email}\n")
        file = tmp_path / "report.txt"
        done = report(home, "-o", str(file), env=env)
    text = file.read_text()

    assert (done.returncode, done.stdout) == (0, f"{file}\n"), done.stderr
    everything = text + done.stdout + done.stderr
    secrets = planted(home) | {"e-mail": email}
    assert {name for name, secret in secrets.items() if secret in everything} == set()
    assert file.stat().st_mode & 0o077 == 0
    assert "planted account=[hidden] [hidden]" in text
    assert "POST /v1/chat/completions" in text
    assert "server.apiKeys                (hidden) " in text
    assert "ok       access: default" in text
    assert "Read it before you send it." in done.stderr


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("mine")
    done = report(tmp_path / "home", "--offline", "-o", str(file), env={"PORT": "0"})

    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert file.read_text() == "mine"


@pytest.mark.parametrize("content", ['{"server": {"prot": 1}}', "{"])
def test_settings_that_are_bad_are_part_of_it(tmp_path: Path, content: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.json").write_text(content)
    done = report(home, "--offline", "-o", "-", env={})

    assert done.returncode == 0
    assert "They are not valid: " in done.stdout
    assert "codex2api " in done.stdout
