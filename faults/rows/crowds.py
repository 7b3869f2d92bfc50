"""Rows 81 to 83: many at once, many who leave, many one after the other."""

import asyncio

from faults import load
from faults.checks import check, success
from faults.rig.process import descriptors
from faults.stage import Row, Stage

STREAMS, ABORTED, REQUESTS = 300, 100, 3000


async def many_streams(stage: Stage) -> str:
    """So many streams at once, each with its own text (``make soak`` holds 1,000)."""
    async with stage.own() as product:
        most = await load.hold_streams(stage, STREAMS, 0.05, product)
    check(most == STREAMS, f"{most} at once")
    return f"{most} open at once, each heard its own text"


async def many_aborted(stage: Stage) -> str:
    """Callers who leave in the middle: nothing of them stays open."""
    async with stage.own() as product:
        success(await stage.ask(product=product), "hi")
        await load.aborted(stage, product, 10)
        await asyncio.sleep(0.5)
        before = descriptors(product.pid)
        await load.aborted(stage, product, ABORTED)
        async with asyncio.timeout(30):
            while (after := descriptors(product.pid)) > before:
                await asyncio.sleep(0.1)
    return f"{before} descriptors before, {after} after {ABORTED} aborted streams"


async def soak(stage: Stage) -> str:
    """A small one; ``make soak`` does 100,000."""
    async with stage.own("--log-level", "info") as product:
        health = await load.soak(stage, product, REQUESTS)
        load.judge(health)
    return f"{REQUESTS:,} requests: {load.told(health)}"


ROWS = (
    Row(81, "many streams at once", "each its own text", many_streams, alone=True),
    Row(82, "100 aborted streams", "(no descriptor stays open)", many_aborted, alone=True),
    Row(83, "soak", "(memory grows by 10 % at most)", soak, alone=True, slow=True, limit=180),
)
