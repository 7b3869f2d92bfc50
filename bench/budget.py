"""Where the microseconds of a request go, by part of the server: ``python -m bench.budget``.

    python -m bench.budget --py-spy ~/.local/bin/py-spy --work burst20

Needs py-spy (``pipx install py-spy``). The kernel tells its own part. The rest is shared out by
samples of whoever holds the interpreter: each counts for the innermost part of ours, or of the HTTP
server's, that is on its stack; what C code does counts for whoever called it.
"""

import argparse
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.measures import under_load
from bench.own import Setup, own
from bench.processes import wait_for_port
from bench.table import grid, number
from bench.targets import BUILD, LOAD_CORE, Target, build, started
from bench.works import WORKS, Work

PARTS = (
    ("HTTP server: parsing, writing", ("uvicorn/protocols/", "cli/server/http/")),
    ("door: guards, key, limits, request id", ("api/front.py", "api/gate.py", "api/guards.py")),
    ("door: guards, key, limits, request id", ("api/exchange.py", "api/closing.py", "callers/")),
    ("log line", ("codex2api/logs/", "structlog/")),
    ("ledger", ("api/recording.py", "store/ledger.py", "store/write_behind.py", "sqlalchemy/")),
    ("ledger", ("codex2api/ledger/", "store/engine.py")),
    ("account: choice, token, limits", ("accounts/", "store/tokenfile.py", "relay.py")),
    ("HTTP to the backend", ("upstream/wire/", "upstream/backend.py", "upstream/headers.py")),
    ("decoding events", ("upstream/reader.py", "codex2api/protocol/")),
    ("the backend's rules, request encoding", ("upstream/", "catalog/")),
    ("the client's dialect", ("dialects/",)),
    ("streaming: frames out, watching the caller", ("codex2api/api/",)),
)
"""Named parts by pieces of file names; the first that fits counts."""

OTHER = "event loop, and what else"
KERNEL = "kernel: sockets, wake-ups"
_RATE = 500
_SECONDS = 6.0


def part_of(stack: str) -> str:
    """The part that a collapsed stack (``a (x.py:1);b (y.py:2)``, leaf last) counts for."""
    for frame in reversed(stack.split(";")):
        for name, pieces in PARTS:
            if any(piece in frame for piece in pieces):
                return name
    return OTHER


def shares(lines: Iterable[str]) -> dict[str, float]:
    """Parts by their share of all samples, the largest first; lines end in their count."""
    counts: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        counts[part_of(stack)] += int(count)
    total = counts.total()
    return {name: count / total for name, count in counts.most_common()}


def budget(target: Target, work: Work, py_spy: str) -> str:
    """A table of one workload; its CPU is measured without the profiler."""
    under_load(target, work, 1.0)
    result = under_load(target, work, 2.0)
    cost, system = result["us"], result["system_us"]
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        record = [
            py_spy,
            "record",
            "--gil",
            "-f",
            "raw",
            "-r",
            str(_RATE),
            "-d",
            str(round(_SECONDS - 1)),
        ]
        profiler = subprocess.Popen(
            [*record, "-o", str(raw), "-p", str(target.pids[0])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        under_load(target, work, _SECONDS)
        profiler.wait(60)
        found = shares(raw.read_text().splitlines())
    parts = {KERNEL: system} | {name: share * (cost - system) for name, share in found.items()}
    rows = [
        [name, f"{spent / cost:.0%}", number(spent), number(spent / work.deltas)]
        for name, spent in sorted(parts.items(), key=lambda part: -part[1])
    ]
    rows.append(["all", "100%", number(cost), number(cost / work.deltas)])
    return grid((work.title, "share", "µs/request", "µs/delta"), rows)


def main() -> None:
    """Print a table for each workload."""
    parser = argparse.ArgumentParser(prog="python -m bench.budget")
    parser.add_argument("--py-spy", default="py-spy")
    parser.add_argument("--sim-port", type=int, default=9100)
    parser.add_argument("--work", default="burst20,burst1000,paced")
    options = parser.parse_args()
    build()
    with started(LOAD_CORE, [str(BUILD / "sim"), "127.0.0.1", str(options.sim_port)]):
        wait_for_port(options.sim_port)
        with own(Setup(f"http://127.0.0.1:{options.sim_port}/backend-api")) as target:
            for name in options.work.split(","):
                print(budget(target, WORKS[name], options.py_spy), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
