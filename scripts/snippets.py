"""Runs what ``codex2api connect`` tells people: every snippet that can run without a screen.

    python scripts/snippets.py [--client NAME]... [--cache FOLDER] [--upgrade]

Fetches the real clients from PyPI and npm into environments of their own, in the same cache as
``scripts/conformance.py``, starts a server with a simulated ChatGPT for each, writes the files that
``--write`` would write, and asks. Files of clients that cannot be asked here are given to the
client's own schema. The exit code is 1 if something failed.
"""

import argparse
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from children import free_port

from codex2api.connect import client_named
from codex2api.connect.values import KEY_VARIABLE, Client, Machine, Setup
from conformance import Client as Environment, fetch, served

MODEL = "gpt-5.5"
QUESTION = "Say hello."
ANSWER = "This is a simulated answer."
PATIENCE = 180


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one client is tried.

    Attributes:
        environment: Holds its packages.
        home: The person's, and empty.
    """

    client: Client
    setup: Setup
    environment: Path
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        """What its processes see, and nothing else."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
        folders = [str(self.environment / name) for name in ("bin", "node_modules/.bin")]
        return kept | {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([*folders, kept.get("PATH", "")]),
            KEY_VARIABLE: self.setup.key or "",
        }

    def snippet(self, language: str) -> str:
        """Its first snippet in a language."""
        found = self.client.snippets(self.setup)
        return next(each.text for each in found if each.language == language)

    def write(self) -> Path:
        """What ``--write`` writes."""
        edit = self.client.edit
        if edit is None:
            raise AssertionError(f"{self.client.name} has no file")
        path = Path(edit.path(Machine("linux", self.home)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(edit.merged(None, self.setup).text, "utf-8")
        return path

    def run(self, *command: str | Path, say: str | None = None, **extra: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            command,
            env=self.variables | extra,
            cwd=self.home,
            input=say,
            stdin=subprocess.DEVNULL if say is None else None,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise AssertionError(
                f"exit code {done.returncode}: {(done.stdout + done.stderr)[-600:]}"
            )
        return done.stdout + done.stderr


def shell(stage: Stage) -> str:
    """The snippet as it is, in a shell."""
    return stage.run("sh", "-c", stage.snippet("sh"))


def python(stage: Stage) -> str:
    """The snippet as a program."""
    program = stage.home / "hello.py"
    program.write_text(stage.snippet("python"), "utf-8")
    return stage.run(stage.environment / "bin" / "python", program)


def litellm(stage: Stage) -> str:
    """The program, and the proxy with the other text, asked by curl."""
    config = stage.home / "config.yaml"
    config.write_text(stage.snippet("yaml"), "utf-8")
    port, master = free_port(), f"sk-{secrets.token_hex(32)}"
    where = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    proxy = subprocess.Popen(
        [stage.environment / "bin" / "litellm", *where],
        env=stage.variables | {"LITELLM_MASTER_KEY": master},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": QUESTION}]})
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        patient = ("--silent", "--retry", "60", "--retry-connrefused", "--retry-delay", "1")
        headers = ("-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {master}")
        said = stage.run("curl", *patient, *headers, "--data", body, url)
    finally:
        proxy.terminate()
        proxy.wait()
    if ANSWER not in said:
        raise AssertionError(f"the proxy said: {said[-300:]}")
    return python(stage)


def node(stage: Stage) -> str:
    """The snippet as a program, beside the packages, where Node looks for them."""
    program = stage.environment / "hello.mjs"
    program.write_text(stage.snippet("js"), "utf-8")
    return stage.run("node", program)


def codex(stage: Stage) -> str:
    """The written file, and one question."""
    stage.write()
    return stage.run("codex", "exec", "--skip-git-repo-check", QUESTION)


def claude_code(stage: Stage) -> str:
    """The snippet, with one question instead of a dialogue."""
    return stage.run("sh", "-c", f"{stage.snippet('sh').rstrip()} --print {shlex.quote(QUESTION)}")


def opencode(stage: Stage) -> str:
    """The written file, and one question."""
    stage.write()
    return stage.run("opencode", "run", QUESTION)


def aider(stage: Stage) -> str:
    """The written file, and the snippet for the shell with a message instead of a dialogue."""
    stage.write()
    options = "--no-git --yes-always --no-check-update --analytics-disable --no-pretty"
    start = stage.snippet("sh").rstrip()
    return stage.run("sh", "-c", f"{start} {options} --message {shlex.quote(QUESTION)}")


def llm(stage: Stage) -> str:
    """The written file, the key as llm keeps it, and the snippet for the shell."""
    stage.write()
    return stage.run("sh", "-c", stage.snippet("sh"), say=f"{stage.setup.key}\n")


def continue_cli(stage: Stage) -> str:
    """The written file, the key in Continue's own place, and one question to its command line."""
    path = stage.write()
    (path.parent / ".env").write_text(stage.snippet("env"), "utf-8")
    return stage.run("cn", "--config", path, "--print", QUESTION)


def librechat(stage: Stage) -> str:
    """The file is what LibreChat's own schema wants."""
    (stage.environment / "librechat.yaml").write_text(stage.snippet("yaml"), "utf-8")
    program = """
import { readFileSync } from "node:fs";
import * as yaml from "js-yaml";
import { configSchema } from "librechat-data-provider";
const found = configSchema.strict().parse(yaml.load(readFileSync("librechat.yaml", "utf8")));
if (found.endpoints.custom[0].baseURL !== process.argv[2]) throw new Error("another address");
console.log("valid");
"""
    check = stage.environment / "check.mjs"
    check.write_text(program.replace('"librechat.yaml"', f'"{check.parent}/librechat.yaml"'))
    return stage.run("node", check, stage.setup.base_url)


@dataclass(frozen=True, slots=True)
class Trial:
    """How a client's snippets are tried.

    Attributes:
        packages: Of PyPI, or of npm if ``node`` is set.
        expected: Is in what it prints.
    """

    client: str
    how: Callable[[Stage], str]
    packages: tuple[str, ...] = ()
    node: bool = False
    expected: str = ANSWER


TRIALS = (
    Trial("curl", shell),
    Trial("openai-python", python, ("openai",)),
    Trial("openai-node", node, ("openai",), node=True),
    Trial("langchain", python, ("langchain-openai",)),
    Trial("litellm", litellm, ("litellm[proxy]",)),
    Trial("vercel-ai", node, ("ai", "@ai-sdk/openai"), node=True),
    Trial("anthropic-python", python, ("anthropic",)),
    Trial("codex", codex, ("@openai/codex",), node=True),
    Trial("claude-code", claude_code, ("@anthropic-ai/claude-code",), node=True),
    Trial("opencode", opencode, ("opencode-ai",), node=True),
    Trial("aider", aider, ("aider-chat",)),
    Trial("llm", llm, ("llm",)),
    Trial("continue", continue_cli, ("@continuedev/cli",), node=True),
    Trial(
        "librechat", librechat, ("librechat-data-provider", "js-yaml"), node=True, expected="valid"
    ),
)


def main() -> int:
    """Run the wished trials; gives the exit code."""
    wish = _arguments()
    chosen = [trial for trial in TRIALS if not wish.client or trial.client in wish.client]
    results = {trial.client: outcome(trial, wish.cache, wish.upgrade) for trial in chosen}
    show(results)
    return 1 if any(results.values()) else 0


def outcome(trial: Trial, cache: Path, upgrade: bool) -> str:
    """Why a trial failed; empty if it did not."""
    program = "x.mjs" if trial.node else "x.py"
    packages = Environment(trial.client, program, trial.packages)
    try:
        folder = cache / trial.client
        if trial.packages:
            fetch(packages, folder, upgrade)
        with tempfile.TemporaryDirectory(prefix="codex2api-snippets-") as name:
            return _tried(trial, folder, Path(name))
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        return " ".join(str(error).split())


def _tried(trial: Trial, environment: Path, folder: Path) -> str:
    server_home, home = folder / "server", folder / "person"
    server_home.mkdir()
    home.mkdir()
    with served(server_home) as (url, key):
        setup = Setup(f"{url}/v1", MODEL, key)
        stage = Stage(client_named(trial.client), setup, environment, home)
        said = trial.how(stage)
    return "" if trial.expected in said else f"it said: {said[-300:]}"


def show(results: Mapping[str, str]) -> None:
    """Print a line for each trial."""
    width = max(map(len, results))
    for name, failure in results.items():
        print(f"{name.ljust(width)}  {f'FAILED  {failure}' if failure else 'ok'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The snippets of codex2api connect, run.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    names = [trial.client for trial in TRIALS]
    parser.add_argument("--client", action="append", choices=names, help="only this one")
    parser.add_argument("--cache", type=Path, default=cache / "codex2api-snippets")
    parser.add_argument("--upgrade", action="store_true", help="fetch the newest versions")
    wish = parser.parse_args()
    if not shutil.which("node"):
        print("Node is not installed: clients of npm will fail.", file=sys.stderr)
    return wish


if __name__ == "__main__":
    sys.exit(main())
