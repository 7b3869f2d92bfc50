"""Hold the product under load, a third of it in trouble, and print what it costs.

    make soak
    make soak ARGS="--requests 100000 --streams 1000 --json soak.json"

Prints memory, descriptors, streams held at once, what a caller who does not read can pull, how soon
ChatGPT sees that a caller has left, refreshes on one expiry, and secrets found in everything that
was answered or logged. Exit code 1 if memory grew by more than 10 %, or anything went wrong.
"""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults import load
from faults.checks import check, success
from faults.rig import secrets
from faults.rig.caller import request
from faults.rig.process import rss
from faults.rig.product import Product
from faults.rig.wire import EVENTS, chunk, delta, events, good, opened
from faults.rows.leaving import latencies, slow_reader
from faults.rows.refreshing import crowd
from faults.stage import CHAT, House, Stage, house

Figures = dict[str, Any]

STAGE = 83
"""The row of the soak; its account is used."""


@dataclass(frozen=True)
class Wish:
    """How much of everything."""

    requests: int
    streams: int
    leavers: int


async def expiry(stage: Stage, _: Wish) -> Figures:
    """200 requests on one expiry, in one process and in two."""
    home = stage.new_home()
    secrets.sign_in(home, stage.account_id)
    counts = []
    async with stage.own(home=home) as one, stage.own(home=home) as other:
        for products in ([one], [one, other]):
            stage.lane.refreshes.clear()
            stage.lane.delay = 0.5
            stage.sign_in(one, life=-60)
            await asyncio.sleep(0.1)
            share = 200 // len(products)
            crowds = await asyncio.gather(*(crowd(stage, each, share) for each in products))
            for reply in (reply for replies in crowds for reply in replies):
                success(reply, "hi")
            counts.append(len(stage.lane.refreshes))
    check(counts == [1, 1], f"refreshes: {counts}")
    return {"refreshes, 200 requests, 1 process": counts[0], "in 2 processes": counts[1]}


async def streams(stage: Stage, wish: Wish) -> Figures:
    """Many paced streams at once, each with a text of its own."""
    async with stage.own("--log-level", "info") as product:
        stage.lane.play(good())
        success(await stage.ask(product=product), "hi")
        before, began = rss(product.pid), time.monotonic()
        most = await load.hold_streams(stage, wish.streams, 0.5, product)
        took, grown = time.monotonic() - began, rss(product.pid) - before
    check(most == wish.streams, f"{most} at once")
    return {
        "streams held at once": most,
        "seconds for all": round(took, 1),
        "KiB a stream": round(grown * 1024 / most, 1),
    }


async def leaving(stage: Stage, wish: Wish) -> Figures:
    """How soon ChatGPT sees that a caller has left."""
    begun = EVENTS + chunk(events(*opened(), delta("word ")))
    figures: Figures = {}
    for name, said, pause in (("before the first byte", b"", 0.02), ("mid-stream", begun, 0.2)):
        found = await latencies(stage, said, wish.leavers, pause)
        times = sorted(1000 * each for each in found)
        check(times[-1] < 1000, f"{times[-1]:.0f} ms")
        figures[f"gone {name}, p50 ms"] = round(statistics.median(times), 1)
        figures[f"gone {name}, p99 ms"] = round(times[int(len(times) * 0.99)], 1)
    return figures


async def not_reading(stage: Stage, _: Wish) -> Figures:
    """A caller who does not read."""
    pulled, held = await slow_reader(stage, CHAT)
    check(pulled <= 32, f"{pulled:.1f} MB")
    return {"slow reader: MB pulled": round(pulled, 1), "MiB held by us": round(held, 1)}


async def long_run(stage: Stage, wish: Wish) -> Figures:
    """Very many requests, a third of them in trouble."""
    async with stage.own("--log-level", "info") as product:
        began = time.monotonic()
        health = await load.soak(
            stage, product, wish.requests, warm_up=max(1000, wish.requests // 10)
        )
        took = time.monotonic() - began
        await _still_well(stage, product)
    load.judge(health)
    start, warm, end = (round(value, 1) for value in health.memory)
    return {
        "requests": wish.requests,
        "a second": round(sum(health.answers.values()) / took),
        "answers": dict(health.answers),
        "RSS MiB at the start": start,
        "after the warm-up": warm,
        "at the end": end,
        "growth %": round(health.growth, 1),
        "descriptors": health.files,
    }


async def _still_well(stage: Stage, product: Product) -> None:
    reply = await stage.send(request(product, "/health", method="GET", key=False), product)
    check(reply.status == 200, f"health {reply.status}")


async def silence(stage: Stage, _: Wish) -> Figures:
    """Secrets in what was logged; every answer was searched when it came."""
    found = [mark for each in stage.house.products for mark in secrets.found_in(each.logs())]
    check(not found, f"secrets in logs: {found[:3]}")
    return {"secrets found": 0, "answers searched": stage.tally.replies}


PARTS: tuple[Callable[[Stage, Wish], Awaitable[Figures]], ...] = (
    expiry,
    streams,
    leaving,
    not_reading,
    long_run,
    silence,
)


def main() -> None:
    """Parse the command line, run, and report."""
    parser = argparse.ArgumentParser(prog="make soak", description="Load, a third of it faulty.")
    parser.add_argument("--requests", type=int, default=20_000, metavar="N")
    parser.add_argument("--streams", type=int, default=1000, metavar="N")
    parser.add_argument("--leavers", type=int, default=200, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args()
    wish = Wish(options.requests, options.streams, options.leavers)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # two descriptors a stream, here
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        figures, failures = asyncio.run(_run(Path(folder), wish))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(1 if failures else 0)


async def _run(folder: Path, wish: Wish) -> tuple[Figures, int]:
    figures: Figures = {}
    failures = 0
    async with house(folder, [STAGE]) as shared:
        for part in PARTS:
            try:
                found = await part(_fresh(shared), wish)
            except Exception as error:  # noqa: BLE001 (whatever a part meets is told, and counts)
                failures += 1
                print(f"{part.__name__}: FAILED: {type(error).__name__}: {error}", flush=True)
            else:
                figures |= found
                told = ", ".join(f"{name}: {value}" for name, value in found.items())
                print(f"{part.__name__}: {told}", flush=True)
    return figures, failures


def _fresh(shared: House) -> Stage:
    stage = shared.stage(STAGE)
    stage.lane.delay = 0.0
    stage.lane.by_text.clear()
    stage.lane.play(good())
    return stage


if __name__ == "__main__":
    main()
