"""``codex2api simulate`` as a person starts it."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from codex2api.cli.simulate import command

START = (sys.executable, "-c", "from codex2api.cli.simulate import command; command()")


@contextmanager
def started(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    process = subprocess.Popen(
        [*START, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Choose an answer"):
                break
        yield process, lines
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_says_what_it_is_serves_and_ends(sent: signal.Signals, code: int) -> None:
    with started() as (process, lines):
        said = "".join(lines)
        url = next(line.split()[1] for line in lines if "issuer" in line)
        with urllib.request.urlopen(f"{url}/simulator/counters") as answer:
            assert answer.status == 200
        process.send_signal(sent)

        assert process.wait(10) == code
        assert "SIMULATION" in said
        assert f"{url}/backend-api" in said


def test_a_certificate_lasts_as_long_as_the_command(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*START, "--port", "0", "--tls", "--codex-home", str(tmp_path / "home")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "CODEX_CA_CERTIFICATE=" in line:
                authority = Path(line.strip().partition("=")[2])
            if "CODEX_HOME=" in line:
                break
        assert authority.exists()
        assert (tmp_path / "home" / "auth.json").exists()
        process.terminate()
        assert process.wait(10) == 0
        assert not authority.exists()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com"])
def test_only_loopback(host: str) -> None:
    result = CliRunner().invoke(command, ["--host", host])

    assert result.exit_code == 2
    assert "loopback only" in result.output


def test_a_wrong_scenario_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("- match: x\n")

    result = CliRunner().invoke(command, ["--scenario", str(path)])

    assert result.exit_code == 2
    assert "entry 1: needs one of scenario, events, fault." in result.output


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--tls-cert", __file__], "belong together"),
        (["--tls-cert", __file__, "--tls-key", __file__], "no good"),
        (["--codex-home", "somewhere"], "needs --tls"),
    ],
)
def test_options_that_do_not_fit(arguments: list[str], word: str) -> None:
    result = CliRunner().invoke(command, ["--port", "0", *arguments])

    assert result.exit_code == 2
    assert word in result.output


def test_a_taken_port_is_one_sentence() -> None:
    with started() as (_, lines):
        url = next(line.split()[1] for line in lines if "issuer" in line)
        result = CliRunner().invoke(command, ["--port", url.rpartition(":")[2]])

    assert result.exit_code == 1
    assert "cannot be used" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--help"], 0, "Usage"),
        (["--tls"], 1, "codex2api[simulator]"),
        (["--scenario", __file__], 1, "codex2api[simulator]"),
        (["--codex-home", "x", "--tls"], 1, "codex2api[simulator]"),
    ],
)
def test_without_the_extra(arguments: list[str], code: int, word: str) -> None:
    missing = "import sys; sys.modules['yaml'] = sys.modules['cryptography'] = None; "
    program = f"{missing}import codex2api.simulator.runner; {START[2]}"

    found = subprocess.run(
        [sys.executable, "-c", program, "--port", "0", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == code
    assert word in found.stdout + found.stderr
