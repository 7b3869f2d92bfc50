"""What one request costs by how much there is: accounts, keys, responses, processes."""

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from bench.figures import summary
from bench.measures import under_load
from bench.own import Setup, own
from bench.processes import NotThereError
from bench.targets import LOAD_CORE, SERVER_CORE, Target
from bench.works import WORKS

COUNTS = (1, 100, 10_000)
WORKERS = (1, 2, 4)
STREAMS = (10, 100, 1000)

_DELTAS = 20

_OF: Mapping[str, Callable[[Setup, int], Setup]] = {
    "accounts": lambda setup, count: replace(setup, accounts=count),
    "keys": lambda setup, count: replace(setup, keys=count),
    "stored responses": lambda setup, count: replace(setup, responses=count),
}


def by_count(setup: Setup, runs: int, seconds: float) -> dict[str, dict[str, Any]]:
    """CPU microseconds a streamed request with 1, 100 and 10,000 of each; the three in turns."""
    figures = {}
    for what, grown in _OF.items():
        setups = {f"{count:,}": grown(setup, count) for count in COUNTS}
        figures[what] = in_turns(setups, runs, seconds)
    return figures


def by_streams(setup: Setup, runs: int, seconds: float) -> dict[str, dict[str, Any]]:
    """What a delta costs, and how late the first one is, by streams that get one each 100 ms."""
    figures: dict[str, list[dict[str, Any]]] = {f"{count:,}": [] for count in STREAMS}
    with own(setup) as target:
        for _ in range(runs):
            for count, results in zip(STREAMS, figures.values(), strict=True):
                work = replace(WORKS["paced"], streams=count, pause=100, deltas=_DELTAS)
                results.append(under_load(target, work, seconds))
    return {count: summary(results, _DELTAS) for count, results in figures.items()}


def by_replicas(setup: Setup, runs: int, seconds: float) -> dict[str, dict[str, Any]]:
    """The same by processes behind one port on all cores, with state in files or PostgreSQL."""
    with postgres() as url:
        stores = {"files": setup, "PostgreSQL": replace(setup, store=url)}
        return {
            name: in_turns(
                {f"{count}": replace(stored, workers=count) for count in WORKERS},
                runs,
                seconds,
                pinned=False,
            )
            for name, stored in stores.items()
        }


def in_turns(
    setups: Mapping[str, Setup], runs: int, seconds: float, *, pinned: bool = True
) -> dict[str, Any]:
    """Median CPU microseconds, requests a second and failures for each, interleaved."""
    with ExitStack() as stack:
        targets = {
            name: stack.enter_context(
                own(setup, name, core=SERVER_CORE if pinned else f"{SERVER_CORE},{LOAD_CORE}")
            )
            for name, setup in setups.items()
        }
        for target in targets.values():
            under_load(target, WORKS["burst20"], 0.5)
        rounds = [_round(targets, seconds) for _ in range(runs)]
    return {name: _median([each[name] for each in rounds]) for name in setups}


def _round(targets: Mapping[str, Target], seconds: float) -> dict[str, dict[str, Any]]:
    return {name: under_load(target, WORKS["burst20"], seconds) for name, target in targets.items()}


def _median(results: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "us": statistics.median(each["us"] for each in results),
        "rps": statistics.median(each["rps"] for each in results),
        "failed": sum(each["bad"] for each in results),
    }


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL that ends with the block, made as the tests make theirs; its address.

    Raises:
        NotThereError: There can be none here.
    """
    # Not imported as others are: tests are no business of the type checker's here.
    tests = import_module("tests.postgres")
    with ExitStack() as stack:
        try:
            server = stack.enter_context(tests.postgres())
        except tests.UnavailableError as error:
            raise NotThereError(str(error)) from None
        yield server.url()
