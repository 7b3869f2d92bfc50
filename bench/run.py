"""Measure the server: CPU a request and a delta, latency, memory (Linux, C compiler, loopback).

    make bench
    make bench ARGS="--runs 5 --work burst20,paced --peer chatmock=http://127.0.0.1:8001"

Starts the C simulator (`sim.c`) and our server, drives both with `load.c`, and prints Markdown. A
peer must already run and use the simulator, http://127.0.0.1:9100/backend-api/codex, as its
backend. Targets take turns, so that noise hits all alike; the server has one core, simulator and
load another. CPU is user and system time of the server's process tree: compare it inside one run
only, and read it rather than requests per second on a busy machine.
"""

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
BUILD = HERE / "build"
SIM_PORT, OWN_PORT = 9100, 9101
TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = "0", "1"


@dataclass(frozen=True)
class Work:
    """A workload: so many deltas, streams at once, milliseconds between deltas."""

    deltas: int
    streams: int
    pause: int = 0
    path: str = "/v1/chat/completions"
    stream: bool = True


WORK = {
    "burst20": Work(20, 32),
    "burst1000": Work(1000, 16),
    "single": Work(20, 1),
    "paced": Work(40, 50, 20),
    "whole": Work(20, 32, stream=False),
    "responses": Work(1000, 16, path="/v1/responses"),
}


@dataclass
class Target:
    """A server under load."""

    name: str
    url: str
    headers: list[str] = field(default_factory=list)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


def main() -> None:
    options = arguments()
    build()
    simulator = start(LOAD_CORE, [str(BUILD / "sim"), "127.0.0.1", str(SIM_PORT)])
    with tempfile.TemporaryDirectory() as folder:
        own, server = serve(Path(folder))
        try:
            targets = [own, *options.peer]
            for target in targets:
                wait_for(target.port)
            wait_until_healthy(own.url)
            idle = memory(own.port)
            measure(targets, options, Path(folder))
        finally:
            for process in (server, simulator):
                process.terminate()
                process.wait()
    report(targets, options.work)
    print(f"\nOur memory: {idle:.0f} MiB idle (Pss).")
    if options.out:
        Path(options.out).write_text(json.dumps({t.name: t.results for t in targets}, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the server.")
    parser.add_argument("--work", type=lambda text: text.split(","), default=list(WORK))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--peer", type=peer, action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--out", metavar="FILE", help="also write JSON")
    return parser.parse_args()


def peer(text: str) -> Target:
    name, _, url = text.partition("=")
    return Target(name, url)


def build() -> None:
    BUILD.mkdir(exist_ok=True)
    for name in ("sim", "load"):
        source, program = HERE / f"{name}.c", BUILD / name
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["cc", "-O2", "-w", "-o", program, source], check=True)


def start(core: str, command: list[str], **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["taskset", "-c", core, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **how,
    )


def serve(home: Path) -> tuple[Target, subprocess.Popen[bytes]]:
    """Our server with an account that nobody but the simulator would take for real."""
    data = home / "data"
    data.mkdir(mode=0o700)
    (data / "local.key").write_text("sk-bench-" + "0" * 32)
    (data / "tokens.json").write_text(json.dumps(forged_tokens()))
    environment = os.environ | {
        "CODEX2API_HOME": str(home),
        "CODEX2API_BACKEND__URL": f"http://127.0.0.1:{SIM_PORT}/backend-api",
    }
    command = [sys.executable, "-m", "codex2api", "serve", "--no-login", "--port", str(OWN_PORT)]
    process = start(SERVER_CORE, command, env=environment, stdin=subprocess.DEVNULL)
    key = (data / "local.key").read_text()
    return Target(
        "codex2api", f"http://127.0.0.1:{OWN_PORT}", [f"Authorization: Bearer {key}"]
    ), process


def forged_tokens() -> dict[str, Any]:
    account = "00000000-0000-0000-0000-000000000000"
    expires = int(time.time()) + 86400
    claims = {"exp": expires, "https://api.openai.com/auth": {"chatgpt_account_id": account}}
    parts = [{"alg": "none"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    token = ".".join(part.rstrip("=") for part in encoded) + ".forged"
    return {
        "access_token": token,
        "refresh_token": "forged",
        "expires_at": expires * 1000,
        "account_id": account,
    }


def measure(targets: list[Target], options: argparse.Namespace, folder: Path) -> None:
    for name in options.work:
        for number in range(options.runs):
            for target in targets:
                if number == 0:
                    load(target, WORK[name], folder, 0.3)
                result = load(target, WORK[name], folder, options.seconds)
                target.results.setdefault(name, []).append(result)
                print(name, target.name, result, file=sys.stderr)


def load(target: Target, work: Work, folder: Path, seconds: float) -> dict[str, Any]:
    before = cpu(target.port)
    command = ["taskset", "-c", LOAD_CORE, str(BUILD / "load")]
    command += ["-h", "127.0.0.1", "-p", str(target.port), "-u", work.path]
    command += [
        "-b",
        str(body(work, folder)),
        "-c",
        str(work.streams),
        "-t",
        str(seconds),
        "-w",
        "0.3",
    ]
    for header in target.headers:
        command += ["-H", header]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    result["us"] = (cpu(target.port) - before) / max(result["done"], 1) * 1e6
    return result


def body(work: Work, folder: Path) -> Path:
    text = f"SIM:n={work.deltas}:d={work.pause}:b=1:f=0 Hello, write something."
    said = [{"role": "user", "content": text}]
    field_name = "input" if work.path.endswith("responses") else "messages"
    file = folder / f"{abs(hash(work))}.json"
    file.write_text(json.dumps({"model": "gpt-5.4", "stream": work.stream, field_name: said}))
    return file


def wait_for(port: int) -> None:
    for _ in range(200):
        if listeners(port):
            return
        time.sleep(0.1)
    sys.exit(f"Nothing listens on port {port}.")


def wait_until_healthy(url: str) -> None:
    """The port listens before the server is loaded; only then it is idle."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"Nothing is well at {url}.")


def listeners(port: int) -> list[int]:
    """Processes that listen on a port; of parent and child the parent."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rsplit(":", 1)[1], 16) == port:
                sockets.add(f"socket:[{columns[9]}]")
    found = {int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and holds(p, sockets)}
    return [pid for pid in found if int(stat(pid)[1]) not in found]


def holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:
        return False


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in tree(int(child)))]


def cpu(port: int) -> float:
    """Seconds of user and system time of everything behind a port."""
    fields = [stat(member) for pid in listeners(port) for member in tree(pid)]
    return sum(int(values[11]) + int(values[12]) for values in fields) / TICKS


def memory(port: int) -> float:
    """MiB, shared pages by their share."""
    lines = [
        line
        for pid in listeners(port)
        for member in tree(pid)
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def report(targets: list[Target], names: list[str]) -> None:
    print("| work | target | CPU µs/request | µs/delta | requests/s | TTFT p50 ms | p99 | failed |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        for target in targets:
            results = target.results[name]
            us, rps, ttft, worst = (
                statistics.median(result[key] for result in results)
                for key in ("us", "rps", "ttft_p50", "ttft_p99")
            )
            failed = sum(result["bad"] for result in results)
            per_delta = us / WORK[name].deltas
            print(
                f"| {name} | {target.name} | {us:.0f} | {per_delta:.2f} | {rps:.0f} "
                f"| {ttft:.2f} | {worst:.2f} | {failed} |"
            )


if __name__ == "__main__":
    main()
