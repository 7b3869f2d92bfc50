"""A start that cannot be is one sentence and exit code 2 (fault matrix, row 104)."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.server_process import PATIENCE, command, environment, serving

NOBODY_SPECIAL = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search,-net_bind_service,-fowner",
)
"""Runs a command as root without root's powers: file modes count."""


needs_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="takes root's powers away",
)


def refused(home: Path, *options: str, as_nobody_special: bool = False) -> str:
    """The one sentence of a server that does not start."""
    words = [*(NOBODY_SPECIAL if as_nobody_special else ()), *command("--no-login", *options)]
    done = subprocess.run(
        words,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(home),
        timeout=PATIENCE,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr.strip().removeprefix("Error: ")


def test_the_port_is_another_program_s(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        assert refused(tmp_path, "--port", port) == (
            f"Port {port} of 127.0.0.1 is in use already; choose another one with --port."
        )


def test_the_port_is_our_own(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with serving(ours, "--no-login") as server:
        port = str(server.port)

        assert "in use already by codex2api with this very home" in refused(ours, "--port", port)
        assert "by another codex2api, with another home" in refused(theirs, "--port", port)


@needs_root
def test_a_privileged_port(tmp_path: Path) -> None:
    floor = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text().strip()
    if int(floor) <= 81:
        pytest.skip("every port is for everybody here")
    said = refused(tmp_path, "--port", "81", as_nobody_special=True)

    assert (
        said
        == "Port 81 of 127.0.0.1 is for administrators only; choose one above 1023 with --port."
    )


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")

    assert "a file of that name is in the way" in refused(home, "--port", "0")
    assert "a file of that name is in the way" in refused(home / "deeper", "--port", "0")


@needs_root
def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)

    said = refused(home, "--port", "0", as_nobody_special=True)

    assert f"The home folder {home} cannot be used: Permission denied" in said
    assert "CODEX2API_HOME" in said


@needs_root
def test_a_home_in_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=0o500)

    assert "Permission denied" in refused(above / "home", "--port", "0", as_nobody_special=True)


def test_a_key_file_that_holds_no_key(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "local.key").write_text("no key\n")

    assert "data/local.key holds no usable key" in refused(tmp_path, "--port", "0")


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ('{"server": {"prot": 1}}', "There is no setting server.prot = 1"),
        ('{"server": {"port": "x"}}', "server.port = 'x'"),
        ('{"server": {', "is not valid JSON"),
        ("[]", "must hold one JSON object"),
        ('{"server": {"auth": "none", "host": "0.0.0.0"}}', "possible on a loopback address only"),
    ],
)
def test_a_bad_config_file(tmp_path: Path, file: str, part: str) -> None:
    (tmp_path / "config.json").write_text(file)

    assert part in refused(tmp_path)


def test_with_several_workers_it_is_one_sentence_as_well(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")

    assert "a file of that name" in refused(home, "--port", "0", "--workers", "3")
