"""Rows 1 to 6: there is no connection, or it says nothing."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable

from faults.checks import check, refused, success
from faults.rig.backend import Peer, Script, canary, scripted
from faults.rig.certificates import Authority
from faults.rig.wire import good
from faults.stage import NATIVE, RESPONSES, WAYS, Row, Stage


async def connection_refused(stage: Stage) -> str:
    """Nobody listens; then somebody does."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    closed = f"http://127.0.0.1:{port}/backend-api"
    async with stage.own(environ={"CODEX2API_BACKEND__URL": closed}) as product:
        reply = await stage.ask(product=product)
        error = refused(reply, 502, 503)
        check(reply.seconds < 10, f"{reply.seconds:.1f} s")
        async with scripted(port=port) as chatgpt:
            chatgpt.lane(stage.account_id)
            success(await stage.ask(product=product), "hi")
    return f"{reply.status} {error['code']} after {reply.seconds * 1000:.0f} ms, then recovery"


async def no_such_name(stage: Stage) -> str:
    """The host is unknown."""
    nowhere = "http://faults.invalid/backend-api"
    async with stage.own(environ={"CODEX2API_BACKEND__URL": nowhere}) as product:
        reply = await stage.ask(product=product)
    error = refused(reply, 502)
    check("faults.invalid" in error["message"], error["message"])
    check("Error" not in error["message"], f"an exception's name: {error['message']}")
    return f"502, {error['message']}"


async def bad_certificates(stage: Stage) -> str:
    """Unknown authority, expired, another name; at last a good one."""
    folder = stage.new_home()
    ours, stranger = Authority(folder, "ours"), Authority(folder, "stranger")
    shown = {
        "unknown authority": stranger.server("localhost"),
        "expired": ours.server("localhost", days=365),
        "another name": ours.server("elsewhere.example"),
    }
    listener = ours.server("localhost")
    async with scripted(tls=listener) as chatgpt:
        lane = chatgpt.lane(stage.account_id)
        trusting = {
            "CODEX2API_BACKEND__URL": chatgpt.backend,
            "SSL_CERT_FILE": str(ours.file),
        }
        async with stage.own(environ=trusting) as product:
            for name, context in shown.items():
                listener.sni_callback = _showing(context)
                error = refused(await stage.ask(product=product), 502)
                check("certificate" in error["message"], f"{name}: {error['message']}")
            check(not lane.calls, "a request went over a connection that nobody vouches for")
            listener.sni_callback = None
            success(await stage.ask(product=product), "hi")
    return "502 naming the certificate, three times; nothing sent; the good one serves"


def _showing(
    context: ssl.SSLContext,
) -> Callable[[ssl.SSLObject, str, ssl.SSLContext], int | None]:
    def choose(connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        connection.context = context

    return choose


async def proxy_in_the_environment(stage: Stage) -> str:
    """Proxy variables are set that nobody meant for us; calls and a refresh are made."""
    async with canary() as bird:
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")
        async with stage.own(environ=dict.fromkeys(names, bird.url)) as product:
            stage.sign_in(product, life=-60)
            await asyncio.sleep(0.1)  # a look at the files is good for some milliseconds
            success(await stage.ask(product=product), "hi")
    check(bird.connections == 0, f"{bird.connections} connections to the proxy")
    check(len(stage.lane.refreshes) == 1, f"{len(stage.lane.refreshes)} refreshes")
    return "served directly, 0 connections to the proxy"


async def closes_at_once(stage: Stage) -> str:
    """FIN before the status line."""
    return await _without_status(stage, _close)


async def resets_at_once(stage: Stage) -> str:
    """RST before the status line."""
    return await _without_status(stage, _reset)


async def _without_status(stage: Stage, script: Script) -> str:
    most = 0
    for path, stream in (*WAYS, (NATIVE, True)):
        stage.lane.play(script)
        before = _turns(stage)
        refused(await stage.ask(path=path, stream=stream), 502)
        most = max(most, _turns(stage) - before)
    check(most <= 4, f"{most} tries")
    stage.lane.play(script, good())
    check((await stage.ask(path=NATIVE)).status == 200, "Codex' own route: not tried again")
    stage.lane.play(script, good())
    began = time.monotonic()
    success(await stage.ask(path=RESPONSES), "hi")
    return f"502 after {most} tries; one failure is passed over in {time.monotonic() - began:.1f} s"


def _turns(stage: Stage) -> int:
    """How often a model was asked; nobody knows when the server looks at the account's limits."""
    return sum(call.line.startswith("POST") for call in stage.lane.calls)


async def _close(_peer: Peer) -> None:
    await asyncio.sleep(0)


async def _reset(peer: Peer) -> None:
    peer.reset()


ROWS = (
    Row(1, "connect refused", "502 within the connect limit, then recovery", connection_refused),
    Row(2, "DNS failure", "502 that names the host", no_such_name),
    Row(3, "TLS: expired, wrong name, unknown CA", "502 naming the certificate", bad_certificates),
    Row(4, "proxy variables set", "they are not heeded", proxy_in_the_environment),
    Row(5, "close before the status line", "502 after at most 4 tries", closes_at_once),
    Row(6, "RST before the status line", "502 after at most 4 tries", resets_at_once),
)
