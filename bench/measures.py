"""The measures: each function puts one question to a server, and gives its figures."""

import asyncio
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.own import LOCAL_KEY, Setup, command, environment, furnish, healthy
from bench.processes import cpu, memory, user_and_system, wait_until
from bench.targets import BUILD, LOAD_CORE, SERVER_CORE, Target, free_port, started
from bench.works import HELD, WORKS, Work, body, body_file

_WARM_UP = 0.3
_SETTLE = 1.5
"""Seconds after which held streams, or ended ones, have taken or left their memory."""


def under_load(target: Target, work: Work, seconds: float) -> dict[str, Any]:
    """What ``load.c`` saw, and ``us``: CPU microseconds of the server for one request.

    ``system_us`` is the kernel's part of it. Warm-up and drain are in both, and in the division.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = _load_arguments(target, work, Path(folder))
        before = user_and_system(target.pids)
        done = subprocess.run(
            [*arguments, "-c", str(work.streams), "-t", str(seconds), "-w", str(_WARM_UP)],
            capture_output=True,
            text=True,
            timeout=seconds + 120,
            check=True,
        )
        after = user_and_system(target.pids)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if not result["done"]:
        return result | {"us": None}
    user, system = (
        (new - old) / result["done"] * 1e6 for new, old in zip(after, before, strict=True)
    )
    return result | {"us": user + system, "system_us": system}


def request_size(target: Target, work: Work) -> int:
    """Bytes of a workload's request body."""
    return len(body(work, target.model, as_responses=target.speaks_responses))


def held_open(target: Target, streams: int) -> float | None:
    """KiB of memory for each slow stream while so many are open; ``None`` if they cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = _load_arguments(target, HELD, Path(folder))
        before = memory(target.pids)
        holding = subprocess.Popen(
            [*arguments, "-c", str(streams), "-k", str(_SETTLE * 2)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holding.stdout is not None
        ready = holding.stdout.readline().split()
        opened = int(ready[1]) if ready[:1] == ["READY"] else 0
        time.sleep(_SETTLE)
        during = memory(target.pids)
        holding.communicate(timeout=60)
    time.sleep(_SETTLE)
    return (during - before) * 1024 / opened if opened >= streams * 0.9 else None


def start_up(setup: Setup) -> dict[str, float]:
    """CPU seconds until the first answered request, and memory before and after it."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(furnish(Path(folder), setup))
        port = free_port()
        begun = time.monotonic()
        with started(
            SERVER_CORE, command(port, setup), env=environment(Path(folder), setup)
        ) as process:
            wait_until(lambda: healthy(port), "our server")
            loaded, fresh = cpu([process.pid]), memory([process.pid])
            _ask_once(port)
            served, waited = cpu([process.pid]), time.monotonic() - begun
            time.sleep(_SETTLE)  # the ledger is opened behind the answer
            used = memory([process.pid])
    return {"loaded": loaded, "served": served, "waited": waited, "fresh": fresh, "used": used}


def _ask_once(port: int) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        body(WORKS["single"], "gpt-5.4"),
        {"Authorization": f"Bearer {LOCAL_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert b"TOKLAST" in answer.read()


def _load_arguments(target: Target, work: Work, folder: Path) -> list[str]:
    content = body(work, target.model, as_responses=target.speaks_responses)
    file = body_file(folder, "body", content)
    arguments = ["taskset", "-c", LOAD_CORE, str(BUILD / "load"), "-h", "127.0.0.1"]
    arguments += ["-p", str(target.port), "-u", target.paths[work.path], "-b", str(file)]
    for header in target.headers:
        arguments += ["-H", header]
    return arguments
