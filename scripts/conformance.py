"""Real clients against the product: fetches them, runs them, and writes the table of their results.

    python scripts/conformance.py [--client NAME]... [--cache FOLDER] [--upgrade] [--check]

Each client gets an environment of its own in the cache folder, outside the source tree, and a
simulated ChatGPT and a server of its own. The table goes into ``docs/conformance.md``; with
``--check`` nothing is written. The exit code is 1 if a check failed that is not explained here.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from children import browse, free_port, running

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "scripts" / "clients"
PAGE = ROOT / "docs" / "conformance.md"
TABLE = re.compile(r"(?<=<!-- clients -->\n).*?(?=<!-- /clients -->)", re.DOTALL)
HEAD = ("| client | version | passed | date |", "|---|---|---|---|")
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Client:
    """A client and the program that checks it.

    Attributes:
        program: In ``scripts/clients``; its suffix tells what runs it.
        packages: What it needs, of PyPI or npm.
        command: An installed command that the program is given, instead of being run by it.
        explained: Checks that fail, and why; none of them is forgotten here once it passes.
    """

    name: str
    program: str
    packages: tuple[str, ...]
    command: str = ""
    explained: Mapping[str, str] = field(default_factory=dict)


CLIENTS = (
    Client("openai (Python)", "python_openai.py", ("openai[realtime]",)),
    Client("openai (Node)", "openai.mjs", ("openai", "zod")),
    Client("LangChain (langchain-openai)", "python_langchain.py", ("langchain-openai",)),
    Client("LiteLLM", "python_litellm.py", ("litellm", "mcp")),
    Client("Vercel AI SDK", "vercel_ai.mjs", ("ai", "@ai-sdk/openai", "zod")),
    Client("OpenAI Agents SDK", "python_agents.py", ("openai-agents",)),
    Client("Pydantic AI", "python_pydantic_ai.py", ("pydantic-ai-slim[openai]",)),
    Client("Instructor", "python_instructor.py", ("instructor",)),
    Client("llm", "python_llm.py", ("llm",)),
    Client("Codex CLI", "codex_cli.py", ("@openai/codex",), command="codex"),
    Client("anthropic (Python)", "python_anthropic.py", ("anthropic",)),
    Client("anthropic (Node)", "anthropic.mjs", ("@anthropic-ai/sdk",)),
    Client("Claude Code", "claude_code.py", ("@anthropic-ai/claude-code",), command="claude"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a client's program said."""

    client: Client
    version: str
    passed: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def unexplained(self) -> list[str]:
        """Failures that nobody has understood, and explanations that are not needed any more."""
        return sorted(self.failed.keys() ^ self.client.explained.keys())


def main() -> int:
    """Run the wished clients; gives the exit code."""
    wish = _arguments()
    chosen = [client for client in CLIENTS if not wish.client or client.name in wish.client]
    results = []
    for client in chosen:
        environment = fetch(client, wish.cache / client.program.partition(".")[0], wish.upgrade)
        results.append(run(client, environment))
        show(results[-1])
    if not wish.check:
        write(results)
    return 1 if any(result.unexplained for result in results) else 0


def fetch(client: Client, folder: Path, upgrade: bool) -> Path:
    """Install what a client needs, unless it is there; gives the folder."""
    if folder.exists() and not upgrade:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Fetching {', '.join(client.packages)} ...", flush=True)
    if is_node(client):
        folder.mkdir(parents=True)
        steps = [["npm", "install", "--silent", "--no-fund", "--prefix", folder, *client.packages]]
    else:
        uv = shutil.which("uv", path=Path(sys.executable).parent) or "uv"
        into = ["--python", folder / "bin" / "python"]
        steps = [
            [uv, "venv", "--quiet", "--python", sys.executable, folder],
            [uv, "pip", "install", "--quiet", *into, *client.packages],
        ]
    try:
        for step in steps:
            subprocess.run(step, check=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # half an environment would be taken for a whole
        raise
    return folder


def is_node(client: Client) -> bool:
    """Whether the client is of npm."""
    return bool(client.command) or client.program.endswith(".mjs")


def run(client: Client, environment: Path) -> Result:
    """Run a client's program against a server that nobody else uses."""
    with (
        tempfile.TemporaryDirectory(prefix="codex2api-conformance-") as home,
        served(Path(home)) as (url, key),
    ):
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
        done = subprocess.run(
            arguments(client, environment),
            env=kept | {"HOME": home, "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": key},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    said = done.stdout
    failed = dict(re.findall(r"^FAILED  (.+?): (.*)$", said, re.MULTILINE))
    passed = tuple(re.findall(r"^ok      (.+)$", said, re.MULTILINE))
    version = re.search(r"^version (\S+)$", said, re.MULTILINE)
    if version is None or (done.returncode != 0) != bool(failed):
        print(done.stderr[-2000:], file=sys.stderr)
        failed["The program itself"] = f"exit code {done.returncode}"
    return Result(client, version[1] if version else "?", passed, failed)


def arguments(client: Client, environment: Path) -> list[str | Path]:
    """The command line that runs a client's program."""
    program = PROGRAMS / client.program
    if client.command:
        command = environment / "node_modules" / ".bin" / client.command
        return [sys.executable, program, command]
    if is_node(client):
        # Node looks for packages beside the program, wherever it is run.
        return ["node", shutil.copy(program, environment)]
    return [environment / "bin" / "python", program]


@contextmanager
def served(home: Path) -> Iterator[tuple[str, str]]:
    """Address and key of a server with a signed-in simulated account."""
    with running("Simulated ChatGPT", home, "simulate", free_port()) as chatgpt:
        settings = {
            "oauth": {"issuer": chatgpt.url},
            "backend": {"url": f"{chatgpt.url}/backend-api", "idleTimeout": 5000},
        }
        (home / "config.json").write_text(json.dumps(settings), "utf-8")
        sign_in(home, chatgpt.url)
        with running("codex2api", home, "serve", free_port(), "--no-login") as server:
            yield server.url, (home / "data" / "local.key").read_text("utf-8").strip()


def sign_in(home: Path, chatgpt: str) -> None:
    """Put tokens that the simulator knows where the server looks for them."""
    wish = urllib.request.Request(
        f"{chatgpt}/simulator/tokens", b"{}", {"Content-Type": "application/json"}
    )
    minted = json.loads(browse(wish))
    names = ("access_token", "refresh_token", "id_token", "account_id")
    now = int(time.time() * 1000)
    tokens = {name: minted[name] for name in names}
    tokens |= {"expires_at": now + 3_600_000, "updated_at": now}
    data = home / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    (data / "tokens.json").write_text(json.dumps(tokens), "utf-8")
    (data / "tokens.json").chmod(0o600)


def show(result: Result) -> None:
    """Print a line for a client, and one for each failure."""
    total = len(result.passed) + len(result.failed)
    print(f"{result.client.name} {result.version}: {len(result.passed)} of {total}", flush=True)
    for check, reason in result.failed.items():
        print(f"  FAILED  {check}: {reason}")
    for check in result.unexplained:
        print(f"  UNEXPLAINED  {check}")


def write(results: list[Result]) -> None:
    """Put the results into the table of the page; rows of clients that did not run stay."""
    page = PAGE.read_text("utf-8")
    found = TABLE.search(page)
    if found is None:
        raise SystemExit(f"{PAGE.name} has no place for the table.")
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in found[0].splitlines()}
    rows |= {result.client.name: row(result) for result in results}
    lines = [rows[client.name] for client in CLIENTS if client.name in rows]
    table = "\n".join([*HEAD, *lines, "", *explanations(), ""])
    PAGE.write_text(f"{page[: found.start()]}{table}{page[found.end() :]}", "utf-8")


def row(result: Result) -> str:
    """A client's line in the table."""
    total = len(result.passed) + len(result.failed)
    day = datetime.now(UTC).date().isoformat()
    name, version = result.client.name, result.version
    return f"| {name} | {version} | {len(result.passed)} of {total} | {day} |"


def explanations() -> list[str]:
    """Why the checks failed that did."""
    reasons = [
        f"- {client.name}, {check}: {why}"
        for client in CLIENTS
        for check, why in client.explained.items()
    ]
    return reasons or ["No check failed."]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real clients against codex2api.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    names = [client.name for client in CLIENTS]
    parser.add_argument("--client", action="append", choices=names, help="only this one")
    parser.add_argument("--cache", type=Path, default=cache / "codex2api-conformance")
    parser.add_argument("--upgrade", action="store_true", help="fetch the newest versions")
    parser.add_argument("--check", action="store_true", help="leave the page as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
