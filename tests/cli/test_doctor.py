"""``codex2api doctor``, as a process of its own beside a running server, and as a command."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.server_process import PATIENCE, environment, serving
from tests.cli.signed_in import simulated, variables
from tests.served import sign_in


def doctor(
    home: Path, *options: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex2api", *options],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(home) | {"PORT": "0", **(env or {})},
        timeout=PATIENCE,
    )


def test_beside_a_server_of_ours_and_one_of_another_home(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    with simulated() as simulator:
        env = variables(simulator)
        home.mkdir(mode=0o700)
        sign_in(home, simulator)
        with serving(home, env=env) as server:
            there = {**env, "PORT": str(server.port)}
            ours = doctor(home, "doctor", env=there)
            theirs = json.loads(doctor(other, "doctor", "--json", env=there).stdout)

    assert (ours.returncode, ours.stderr) == (0, ""), ours.stdout
    assert f"✓ The server runs at http://127.0.0.1:{server.port}." in ours.stdout
    assert ours.stdout.endswith("Everything is well.\n")
    by_check = {each["check"]: each for each in theirs["findings"]}
    assert "another codex2api, with another home" in by_check["server"]["found"]
    assert by_check["server"]["remedy"].startswith("codex2api serve --port ")
    assert (theirs["schema"], theirs["offline"], theirs["problems"]) == (1, False, 2)


def test_another_program_on_the_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = doctor(tmp_path, "doctor", "--offline", env={"PORT": port})

    assert done.returncode == 1
    assert (
        f"✗ Port {port} is in use by another program.\n    → codex2api serve --port" in done.stdout
    )
    assert "Left out: everything that ChatGPT would be asked for" in done.stderr


def test_a_missing_sign_in_alone_is_exit_code_4(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    done = doctor(tmp_path, "doctor", "--offline")

    assert done.returncode == 4
    assert done.stdout.endswith("✗ Nobody is signed in.\n    → codex2api login\n1 problem\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_fix_makes_files_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = doctor(tmp_path, "doctor", "--offline")
    fixed = doctor(tmp_path, "doctor", "--offline", "--fix")

    assert f"✗ Other users of this machine can read {tmp_path}." in before.stdout
    assert f"Made private: {tmp_path}" in fixed.stderr
    assert "✓ The files are private" in fixed.stdout
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_bad_config_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"server": {"prot": 1}}')
    done = doctor(tmp_path, "doctor")

    assert done.returncode == 1
    assert "the nearest is server.port" in done.stdout
    assert "→ codex2api config edit" in done.stdout


def test_a_plain_terminal_gets_ascii(tmp_path: Path) -> None:
    done = doctor(tmp_path, "doctor", "--offline", env={"PYTHONIOENCODING": "ascii"})

    assert done.stdout.isascii()
    assert "\nx Nobody is signed in.\n    -> codex2api login\n" in done.stdout
