"""What one upstream call costs by transport: CPU microseconds of this process, on loopback.

    .venv/bin/python -m bench.transport [--seconds 1.5] [--rounds 3]

Needs ``bench/build/sim`` (cc -O2 -w -o bench/build/sim bench/sim.c). Rounds are interleaved; the
best of each is shown. "bytes" reads the answer through the transport alone, "events" through
``CodexUpstream``: prepare, headers, decoder and events included. The TLS rows talk to a Python
server in a process of its own that repeats one canned answer.
"""

import argparse
import asyncio
import multiprocessing
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import uvloop

from bench.certificate import certificate
from bench.targets import BUILD, free_port
from codex2api.accounts.account import Credential
from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream.backend import Backend
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.cookies import FrontDoorCookies
from codex2api.upstream.http import Http
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Rules
from codex2api.upstream.session import SessionTransport
from codex2api.upstream.transport import Transport
from codex2api.upstream.wire.transport import WireTransport

SIM = BUILD / "sim"
HEADERS = {
    "Authorization": f"Bearer {'x' * 900}",
    "ChatGPT-Account-ID": "acc",
    "originator": "codex_cli_rs",
    "User-Agent": "codex_cli_rs/0.160.0 (Linux 6; x86_64) unknown",
    "version": "0.160.0",
    "Accept": "text/event-stream",
    "Content-Type": "application/json",
    "session-id": "s",
    "thread-id": "s",
    "x-client-request-id": "s",
}


def order(deltas: int, pace: int) -> str:
    return f"SIM:n={deltas}:d={pace}:b=1:f=0 Hello, write something."


async def through_bytes(transport: Transport, url: str, body: bytes) -> None:
    response = await transport.request("POST", url, HEADERS, body)
    while await response.read():
        pass
    response.close()


async def through_events(client: CodexUpstream, text: str) -> None:
    asked = ResponsesRequest(model="gpt-5.4", input=[message("user", [input_text(text)])])
    async with client.stream(asked, Credential("x" * 900, "acc")) as accepted:
        async for _ in accepted.batches:
            pass


async def measure(call: Callable[[], Awaitable[None]], tasks: int, seconds: float) -> float:
    """CPU microseconds a call."""
    await asyncio.gather(*(call() for _ in range(tasks)))
    done = 0
    until = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call()
            done += 1

    before = time.process_time()
    await asyncio.gather(*(worker() for _ in range(tasks)))
    return (time.process_time() - before) / done * 1e6


async def compare(
    port: int, secure: tuple[int, ssl.SSLContext], seconds: float, rounds: int
) -> None:
    tls_port, tls = secure
    plain = f"http://127.0.0.1:{port}/backend-api"
    async with Http() as wired, Http(wire=False) as sessioned:
        tls_wire = WireTransport(
            connect_timeout=10, keep_idle=60, cookies=FrontDoorCookies(), tls=tls
        )
        tls_session = SessionTransport(lambda: sessioned.session)
        sessioned.session.connector._ssl = tls  # type: ignore[union-attr]  # noqa: SLF001
        best: dict[tuple[str, str, int], float] = {}
        for _ in range(rounds):
            for name, http, secured in (
                ("aiohttp", sessioned, tls_session),
                ("wire", wired, tls_wire),
            ):
                backend = Backend(http, url=plain)
                client = CodexUpstream(backend, LiveModels(backend), rules=Rules())
                for what, tasks, call in cases(http.transport, client, plain, secured, tls_port):
                    cost = await measure(call, tasks, seconds)
                    key = (what, name, tasks)
                    best[key] = min(cost, best.get(key, cost))
        await tls_wire.close()
        for (what, name, tasks), old in best.items():
            if name == "aiohttp":
                new = best[what, "wire", tasks]
                print(f"| {what} | {tasks} | {old:.0f} | {new:.0f} | {old - new:.0f} |")


def cases(
    transport: Transport, client: CodexUpstream, plain: str, secured: Transport, tls_port: int
) -> list[tuple[str, int, Callable[[], Awaitable[None]]]]:
    url = f"{plain}/codex/responses"
    found: list[tuple[str, int, Callable[[], Awaitable[None]]]] = []
    for deltas in (20, 1000):
        text = order(deltas, 0)
        body = b'{"stream":true,"input":"%b"}' % text.encode()
        for tasks in (1, 32):
            found.append(
                (f"bytes, {deltas} deltas", tasks, partial(through_bytes, transport, url, body))
            )
            found.append((f"events, {deltas} deltas", tasks, partial(through_events, client, text)))
    paced = b'{"stream":true,"input":"%b"}' % order(40, 10).encode()
    found.append(
        ("bytes, 40 deltas, 10 ms apart", 50, lambda: through_bytes(transport, url, paced))
    )
    found.append(
        ("events, 40 deltas, 10 ms apart", 50, lambda: through_events(client, order(40, 10)))
    )
    tls_url = f"https://127.0.0.1:{tls_port}/codex/responses"
    found += [
        ("bytes, 20 deltas, TLS", tasks, lambda: through_bytes(secured, tls_url, b"{}"))
        for tasks in (1, 32)
    ]
    return found


def serve_tls(port: int, path: str, canned: bytes) -> None:
    class Canned(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, _: bytes) -> None:
            self.transport.write(canned)  # type: ignore[attr-defined]

    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Canned, "127.0.0.1", port, ssl=context)
        await server.serve_forever()

    uvloop.run(main())


def canned_answer(port: int) -> bytes:
    body = b'{"stream":true,"input":"%b"}' % order(20, 0).encode()
    with socket.create_connection(("127.0.0.1", port)) as sock:
        head = (
            b"POST /backend-api/codex/responses HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        )
        sock.sendall(head % len(body) + body)
        data = b""
        while not data.endswith(b"\r\n0\r\n\r\n"):
            data += sock.recv(65536)
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    port, tls_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        simulator = subprocess.Popen([SIM, "127.0.0.1", str(port)], stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        path, trusted = certificate(Path(folder))
        server = multiprocessing.get_context("spawn").Process(
            target=serve_tls, args=(tls_port, str(path), canned_answer(port))
        )
        server.start()
        time.sleep(1.5)
        try:
            print("| work | concurrent | aiohttp | wire | saved |\n|---|---|---|---|---|")
            uvloop.run(compare(port, (tls_port, trusted), options.seconds, options.rounds))
        finally:
            server.terminate()
            simulator.terminate()


if __name__ == "__main__":
    main()
