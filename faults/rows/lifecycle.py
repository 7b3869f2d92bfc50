"""Rows 102 to 107: signals, starts, deaths, logs."""

import asyncio
import os
import re
import signal
import socket
import time

from faults.checks import check, refused, success
from faults.rig import secrets
from faults.rig.backend import Peer
from faults.rig.caller import Reply
from faults.rig.process import children
from faults.rig.product import Product, started
from faults.rig.wire import EVENTS, LAST_CHUNK, chunk, completed, delta, event, events, opened
from faults.stage import WAYS, Row, Stage

STREAMS = 2 * len(WAYS)


async def terminated(stage: Stage) -> str:
    """SIGTERM while streams are under way."""
    asked: list[Peer] = []

    async def script(peer: Peer) -> None:
        asked.append(peer)
        await peer.send(EVENTS + chunk(events(*opened())))
        for number in range(10):
            await asyncio.sleep(0.2)
            await peer.send(chunk(event(delta(f"{number} "))))
        await peer.send(chunk(event(completed())) + LAST_CHUNK)

    stage.lane.play(script)
    async with stage.own() as product:
        going = [
            asyncio.create_task(stage.ask(path=path, stream=stream, product=product))
            for path, stream in WAYS * (STREAMS // len(WAYS))
        ]
        while len(asked) < STREAMS:
            await asyncio.sleep(0.02)
        product.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        late = await _late(stage, product)
        for reply in await asyncio.gather(*going):
            success(reply, "".join(f"{number} " for number in range(10)))
        code = await product.ended(15)
    check(code == 0, f"exit code {code}")
    return f"{STREAMS} answers finished, a new one {late}, exit 0"


async def _late(stage: Stage, product: Product) -> str:
    try:
        reply: Reply = await stage.ask(product=product)
    except ConnectionError:
        return "not connected"
    if reply.status == 0:
        return "closed"
    refused(reply, 503, code="shutting_down")
    return "503 shutting_down"


async def terminated_twice(stage: Stage) -> str:
    """A stream without an end: the time to drain ends it, and so does a second signal."""
    times = []
    for second in (False, True):
        begun = asyncio.Event()

        async def script(peer: Peer, begun: asyncio.Event = begun) -> None:
            await peer.send(EVENTS + chunk(events(*opened())))
            begun.set()
            while True:
                await peer.send(chunk(event(delta("more "))))
                await asyncio.sleep(0.1)

        stage.lane.play(script)
        drain = "30" if second else "2"
        async with stage.own(environ={"CODEX2API_SERVER__DRAIN_SECONDS": drain}) as product:
            going = asyncio.create_task(stage.ask(product=product))
            await begun.wait()
            product.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            if second:
                await asyncio.sleep(0.5)
                product.process.send_signal(signal.SIGTERM)
            await product.ended(30)
            times.append(time.monotonic() - began)
            reply = await going
            check(b"[DONE]" not in reply.body, "the cut stream is shown as finished")
    check(max(times) <= 12, f"{times}")
    check(times[1] < 5, f"after a second signal {times[1]:.1f} s")
    return f"ended after {times[0]:.1f} s of 2 s to drain, {times[1]:.1f} s with a second signal"


async def bad_starts(stage: Stage) -> str:
    """A taken port, bad settings, a home that is a file, a placeholder for a key."""
    home = stage.new_home()
    home.mkdir()
    (home / "config.json").write_text('{"server": {"port": 3000,}}')
    any_port = ["--port", "0"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cases: list[tuple[dict[str, str], list[str]]] = [
            ({}, ["--port", str(taken.getsockname()[1])]),
            ({"CODEX2API_BACKEND__TIMEOUT": "soon"}, any_port),
            ({"CODEX2API_BACKEND__TIMOUT": "5"}, any_port),
            ({"CODEX2API_BACKEND__URL": "chatgpt.com"}, any_port),
            ({"CONFIG_PATH": "/nowhere/config.json"}, any_port),
            ({"CODEX2API_HOME": str(home)}, any_port),
            ({"PORT": "99999"}, []),
            ({}, [*any_port, "--host", "host.invalid"]),
            ({}, [*any_port, "--no-auth", "--host", "0.0.0.0"]),
            ({}, [*any_port, "--dream"]),
        ]
        codes = [_refuses_to_start(stage, environ, *options) for environ, options in cases]
        seen = await asyncio.gather(*codes)
    return f"{len(seen)} starts refused, exit codes {sorted(set(seen))}"


async def _refuses_to_start(stage: Stage, environ: dict[str, str], *options: str) -> int:
    product = await started(stage.new_home(), *options, environ=environ)
    try:
        code = await product.ended(30)
    except TimeoutError:
        product.process.kill()
        await product.ended()
        code = 0
    said = product.said.decode()
    check(code in (1, 2), f"{environ or options}: exit code {code}: {said[-200:]}")
    check("Traceback" not in said, f"{environ or options}: a traceback: {said[-300:]}")
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("Usage")]
    check(1 <= len(lines) <= 4, f"{environ or options}: {len(lines)} lines: {said[-300:]}")
    return code


async def killed_and_restarted(stage: Stage) -> str:
    """SIGKILL in the middle of things; the next start goes on where it was."""
    home = stage.new_home()
    secrets.sign_in(home, stage.account_id, life=-60)
    async with stage.own(home=home) as product:
        success(await stage.ask(product=product), "hi")
        key = (home / "data" / "local.key").read_text()
        product.process.kill()
        await product.ended()
    async with stage.own(home=home) as product:
        success(await stage.ask(product=product), "hi")
    count = len(stage.lane.refreshes)
    check(count == 1, f"{count} refreshes")
    check((home / "data" / "local.key").read_text() == key, "another key")
    return "served with the saved token and the same key, no refresh"


async def logs(stage: Stage) -> str:
    """All that every server of this run has written: no secret, no traceback, no prompt."""
    marked = "the-prompt-of-row-106"
    for path, stream in WAYS:
        success(await stage.ask(marked, path=path, stream=stream), "hi")
    written = {product.host: product.logs() for product in stage.house.products}
    found = {host: sorted(set(secrets.found_in(text))) for host, text in written.items()}
    found = {host: marks for host, marks in found.items() if marks}
    check(not found, f"secrets: {found}")
    for text in written.values():
        bugs = re.findall(rb'"event":"[\w.]*bug"[^\n]{0,300}', text)
        check(not bugs, f"bugs: {bugs[:1]}")
        at = text.find(b"Traceback (most recent")
        check(at < 0, f"a traceback: {text[max(at - 200, 0) : at + 600]!r}")
    check(marked.encode() not in b"".join(written.values()), "the prompt is in a log")
    size = sum(len(text) for text in written.values())
    return f"{len(written)} servers, {size / 1e6:.1f} MB: no secret, no traceback, no prompt"


async def worker_killed(stage: Stage) -> str:
    """One of two workers dies, again and again."""
    async with stage.own("--workers", "2") as product:
        await _until_served(stage, product)
        for _ in range(2):
            workers = await _workers(product, 2)
            os.kill(workers[0], signal.SIGKILL)
            served = [await _served(stage, product) for _ in range(20)]
            check(served.count(False) <= 1, f"{served.count(False)} of 20 lost after a death")
            again = await _workers(product, 2)
            check(workers[0] not in again, "the dead one is still there")
        for _ in range(20):
            success(await stage.ask(product=product), "hi")
        product.process.send_signal(signal.SIGTERM)
        code = await product.ended(20)
    check(code == 0, f"exit code {code}")
    return f"replaced twice; {served.count(True)} of 20 requests right after a death served"


async def _served(stage: Stage, product: Product) -> bool:
    """One request; what the dead worker held is lost, and shown as that."""
    try:
        reply = await stage.ask(product=product)
    except ConnectionError:
        return False
    if reply.status == 0:
        return False
    success(reply, "hi")
    return True


async def _until_served(stage: Stage, product: Product) -> None:
    async with asyncio.timeout(30):
        while not await _served(stage, product):
            await asyncio.sleep(0.1)


async def _workers(product: Product, number: int) -> list[int]:
    """The workers; a process that tracks resources is none."""
    async with asyncio.timeout(30):
        while True:
            found = [pid for pid in children(product.pid) if _is_worker(pid)]
            if len(found) >= number:
                return found
            await asyncio.sleep(0.1)


def _is_worker(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            command = file.read()
    except OSError:
        return False
    return bool(command) and b"resource_tracker" not in command  # of a dead one it is empty


ROWS = (
    Row(
        102,
        "SIGTERM",
        "running answers finish, new ones are refused, exit 0",
        terminated,
        slow=True,
    ),
    Row(103, "second signal, endless stream", "an end within 12 s", terminated_twice, slow=True),
    Row(104, "port taken, bad configuration", "one sentence, exit 1 or 2", bad_starts),
    Row(105, "SIGKILL, restart", "service with the saved tokens", killed_and_restarted, slow=True),
    Row(106, "secrets, tracebacks in logs", "none", logs, alone=True),
    Row(
        107,
        "worker crash",
        "it is replaced; others are served",
        worker_killed,
        slow=True,
        limit=180,
    ),
)
