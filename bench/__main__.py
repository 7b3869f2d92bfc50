"""Measure the server: CPU a request and a delta, latency, memory, start-up, large bodies, growth.

    make bench
    make bench ARGS="--only works --work burst20,paced --runs 5"
    make bench ARGS="--peers /tmp/peers --json figures.json --write docs/performance.md"

Starts the C simulator (sim.c), our server and nginx where it is installed, and drives them with
load.c. Targets take turns, so that noise hits all alike; servers have one core, simulator and load
another. Peers are installed into a folder once (see bench/peers.py).
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.about import about
from bench.figures import OURS, TLS
from bench.growth import by_count, by_replicas, by_streams
from bench.inprocess import translations
from bench.measures import held_open, request_size, start_up, under_load
from bench.nginx import has_nginx, nginx_proxy, tls_upstream
from bench.own import Setup, own
from bench.peers import PEERS, running_peers
from bench.processes import NotThereError, memory, wait_for_port
from bench.table import report, write_between
from bench.targets import BUILD, LOAD_CORE, Target, build, direct, named, started
from bench.works import WORKS

PARTS = ("works", "bodies", "memory", "growth", "replicas")
PEER_NAMES = [peer.name for peer in PEERS]
_STREAMS = (200, 1000)
_UNDER_TLS = ["burst20", "single", "paced"]


def main() -> None:
    """Measure what is asked for; print it, and write it where it is wanted."""
    options = arguments()
    if options.tables:
        run: dict[str, Any] = json.loads(options.tables.read_text())
    else:
        run = measured(options)
    text = report(run)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(run, indent=1))
    if options.write:
        write_between(options.write, text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the server.")
    parser.add_argument("--only", type=names_of(PARTS), default=list(PARTS), metavar="PART,…")
    parser.add_argument("--work", type=names_of(WORKS), default=list(WORKS), metavar="WORK,…")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument("--sim-port", type=int, default=9100)
    parser.add_argument("--peer", type=named, action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="where peers are, or will be")
    parser.add_argument("--peer-names", type=names_of(PEER_NAMES), metavar="NAME,…")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--tables", type=Path, metavar="FILE", help="results to show again")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the tables into it")
    return parser.parse_args()


def names_of(known: Any) -> Callable[[str], list[str]]:
    """Reads a list with commas of nothing but these."""

    def names(text: str) -> list[str]:
        asked = text.split(",")
        for name in asked:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return asked

    return names


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """All results, in the form in which they are written."""
    build()
    run: dict[str, Any] = {"about": about(options.runs, options.seconds), "missing": []}
    simulator = [str(BUILD / "sim"), "127.0.0.1", str(options.sim_port)]
    with started(LOAD_CORE, simulator) as process:
        wait_for_port(options.sim_port)
        setup = Setup(f"http://127.0.0.1:{options.sim_port}/backend-api")
        with ExitStack() as stack:
            if {"works", "memory"} & set(options.only):
                targets = list(everyone(options, setup, process.pid, stack, run["missing"]))
                run["about"]["versions"] |= peer_versions(targets)
                compare(targets, options, run)
        if "growth" in options.only:
            run["streams"] = by_streams(setup, options.runs, options.seconds)
            run["growth"] = by_count(setup, options.runs, options.seconds)
        if "replicas" in options.only:
            try:
                run["replicas"] = by_replicas(setup, options.runs, options.seconds)
            except NotThereError as reason:
                run["missing"].append(f"replicas on PostgreSQL: {reason}")
    if "bodies" in options.only:
        run["bodies"] = translations()
        run["sizes"] = {
            name: request_size(Target("", ""), WORKS[name]) for name in ("talk", "image")
        }
    return run


def everyone(
    options: argparse.Namespace,
    setup: Setup,
    simulator: int,
    stack: ExitStack,
    missing: list[str],
) -> Iterator[Target]:
    """All targets, running."""
    yield direct(options.sim_port, simulator)
    yield stack.enter_context(own(setup, OURS))
    if has_nginx():
        address, certificate = stack.enter_context(tls_upstream(options.sim_port, LOAD_CORE))
        trust = (("SSL_CERT_FILE", str(certificate)),)
        secure = stack.enter_context(own(Setup(address, environment=trust), TLS))
        secure.works = _UNDER_TLS
        yield secure
        yield stack.enter_context(nginx_proxy(options.sim_port))
    else:
        missing.append("nginx and the TLS upstream, which it provides: nginx is not installed")
    if options.peers:
        folder, names = options.peers.resolve(), options.peer_names
        peers = running_peers(folder, options.sim_port, missing, names)
        yield from stack.enter_context(peers)
    for peer in options.peer:
        yield peer.found()


def peer_versions(targets: list[Target]) -> dict[str, str]:
    """The versions of the peers among them."""
    there = {target.name for target in targets}
    return {peer.name: peer.version for peer in PEERS if peer.name in there}


def compare(targets: list[Target], options: argparse.Namespace, run: dict[str, Any]) -> None:
    """Put the same questions to all of them, in turns."""
    if "memory" in options.only:  # first: a server that was under load has memory to spare
        run["memory"] = {target.name: memory_of(target) for target in targets[1:]}
        run["memory"][OURS] |= start_up(Setup(f"http://127.0.0.1:{options.sim_port}/backend-api"))
    if "works" in options.only:
        run["works"] = {}
        for name in options.work:
            run["works"][name] = take_turns(name, targets, options, run["missing"])


def take_turns(
    name: str, targets: list[Target], options: argparse.Namespace, missing: list[str]
) -> dict[str, list[dict[str, Any]]]:
    """Results of one workload by target."""
    work = WORKS[name]
    results: dict[str, list[dict[str, Any]]] = {}
    able = [target for target in targets if target.can(name, work)]
    for number in range(options.runs + 1):
        for target in list(able):
            try:
                result = under_load(target, work, options.seconds if number else 0.3)
            except (subprocess.SubprocessError, ValueError) as error:
                able.remove(target)
                missing.append(f"{target.name} at {work.title}: {error}")
                continue
            print(name, target.name, result, file=sys.stderr)
            if number:  # the first is to warm up
                results.setdefault(target.name, []).append(result)
    return results


def memory_of(target: Target) -> dict[str, float | None]:
    """What a server takes by itself, and for each stream that is open."""
    fresh = memory(target.pids)
    under_load(target, WORKS["burst20"], 1.0)  # what is loaded or cached at first counts for nobody
    held = {f"kib{streams}": held_open(target, streams) for streams in _STREAMS}
    return {"fresh": fresh} | held


if __name__ == "__main__":
    main()
