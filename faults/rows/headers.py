"""Rows 74 to 80: request heads that want something of us, or want to hide something."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from faults.checks import check, success
from faults.rig.caller import Reply, connected, request
from faults.rig.product import Product
from faults.stage import CHAT, RESPONSES, Row, Stage

EVIL = "evil-of-the-client"


async def client_headers(stage: Stage) -> str:
    """Headers that are for us, or for nobody, and never for ChatGPT."""
    names = (
        "Cookie",
        "x-api-key",
        "chatgpt-account-id",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Forwarded",
        "X-Real-IP",
        "Via",
        "Referer",
        "User-Agent",
        "OpenAI-Organization",
        "OpenAI-Project",
        "session-id",
        "originator",
        "version",
        "Proxy-Authorization",
        "traceparent",
        "x-openai-internal-codex-responses-lite",
    )
    head = [f"{name}: {EVIL}" for name in names]
    for path in (CHAT, RESPONSES):
        for stream in (True, False):
            success(await stage.ask(path=path, stream=stream, head=head), "hi")
    for call in stage.lane.calls:
        passed = {name: value for name, value in call.headers.items() if EVIL in value}
        check(not passed, f"passed on: {passed}")
        check(stage.product.key not in str(call.headers), "our client key went to ChatGPT")
        check(call.headers["chatgpt-account-id"] == stage.account_id, "another account id")
    return f"0 of {len(names)} passed on"


async def injection(stage: Stage) -> str:
    """Line breaks and NUL in values that may become header values, either way."""
    values = [
        "a\r\nx-evil: 1",
        "a\nx-evil: 1",
        "a\rx-evil: 1",
        "a\0b",
        "a\x7f",
        "ключ",
        "\r\n\r\nGET /",
    ]
    fields = ("prompt_cache_key", "user", "safety_identifier", "model", "service_tier")
    for value in values:
        for path in (CHAT, RESPONSES):
            for name in fields:
                field: dict[str, Any] = {name: value}
                body = stage.body(path=path, **field)
                _clean(await stage.bad(f"{name} {value!r}", stage.request(body, path)), stage)
    for line in _header_lines():
        _clean(await stage.bad(repr(line), stage.request(stage.body(), head=[line])), stage)
    for target in (
        "/v1/models/%0d%0ax-evil:1",
        "/v1/responses/%0d%0ax-evil:%201",
        "/%0d%0ax-evil:1",
    ):
        data = request(stage.product, target, method="GET")
        _clean(await stage.bad(target, data), stage)
    return f"{len(stage.lane.calls)} served with the value escaped, the rest refused; no header"


def _header_lines() -> Sequence[str]:
    return (
        "x-request-id: a\x01b",
        "x-request-id: a\tb",
        "x-request-id: \udcff\udcfe",
        f"x-request-id: {'y' * 5000}",
        "x-request-id: <script>",
        "x-codex2api-reasoning: x\ty",
        "x-codex2api-strict: \udcff",
        "x-stainless-lang: a\x0bb",
    )


def _clean(reply: Reply, stage: Stage) -> None:
    check("x-evil" not in reply.headers, "a header was injected into the answer")
    if reply.status != 200:
        check(400 <= reply.status < 500, f"{reply.status}")
    for call in stage.lane.calls:
        check("x-evil" not in call.headers, "a header was injected into the call")


async def traversal(stage: Stage) -> str:
    """Paths that leave their folder."""
    paths = (
        "/../../etc/passwd",
        "/v1/../../../etc/passwd",
        "/v1/files/../../../etc/passwd",
        "/v1/files/..%2f..%2f..%2fetc%2fpasswd/content",
        "/v1/files/%2e%2e/%2e%2e/etc/passwd",
        "/static/../../data/local.key",
        "/docs/..%2f..%2fdata%2ftokens.json",
        "/v1/models/..%5c..%5cetc%5cpasswd",
        "//etc/passwd",
        "/v1/files/%00/content",
        "/v1/responses/..%2f..%2fdata",
        "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
        "/v1/conversations/../../auth/status",
        "/v1/files/file-..%2f..%2flocal.key/content",
    )
    for path in paths:
        reply = await stage.bad(path, request(stage.product, path, method="GET"))
        check(400 <= reply.status < 500, f"{path}: {reply.status}")
        check(b"root:" not in reply.body, f"{path} was served")
    return f"{len(paths)} paths refused"


async def odd_methods(stage: Stage) -> str:
    """Methods that mean nothing here."""
    methods = ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PROPFIND")
    more = ("post", "FOO", "M-SEARCH", "PURGE")
    seen: dict[int, int] = {}
    for path in (RESPONSES, CHAT, "/v1/completions"):
        for method in (*methods, *more):
            for body in (None, stage.body(path=CHAT)):
                data = request(stage.product, path, body, stage.choosing, method)
                reply = await stage.bad(f"{method} {path}", data)
                listed = method == "GET" and path == CHAT  # the list of stored completions
                check(400 <= reply.status <= 501 or listed, f"{method} {path}: {reply.status}")
                seen[reply.status] = seen.get(reply.status, 0) + 1
    check(not stage.lane.calls, "it went upstream")
    return f"{seen}"


async def smuggling(stage: Stage) -> str:
    """A request inside another one, where two readers would disagree on its length."""
    hidden = stage.request(stage.body("HIDDEN"))
    seen: dict[str, int] = {}
    cases = _smuggled(stage.product, hidden)
    for name, data in cases.items():
        async with connected(stage.product) as caller:
            caller.writer.write(data)
            try:
                async with asyncio.timeout(3):
                    reply = await stage.hear(caller)
            except TimeoutError:
                reply = Reply()  # it waits for the rest of the first request
            stage.tally.inputs += 1
            check(reply.status < 500 or reply.status in (501, 505), f"{name}: {reply.status}")
            check(reply.status != 200, f"{name}: served")
        verdict = str(reply.status or "no answer")
        seen[verdict] = seen.get(verdict, 0) + 1
        await asyncio.sleep(0.01)
        ran = [call for call in stage.lane.calls if b"HIDDEN" in call.body]
        check(not ran, f"{name}: the hidden request ran")
    return f"{len(cases)} refused: {seen}"


def _smuggled(product: Product, hidden: bytes) -> dict[str, bytes]:
    outer = request(product, CHAT, None, ["Content-Type: application/json"]).removesuffix(b"\r\n")
    end = b"0\r\n\r\n" + hidden

    def framed(lines: bytes, rest: bytes = end) -> bytes:
        return outer + lines + b"\r\n\r\n" + rest

    chunked = b"Transfer-Encoding: chunked"
    return {
        "CL and TE": framed(b"Content-Length: 5\r\n" + chunked),
        "TE and CL": framed(chunked + b"\r\nContent-Length: 5"),
        "CL and TE in capitals": framed(b"Content-Length: 5\r\nTRANSFER-ENCODING: CHUNKED"),
        "two CL": framed(b"Content-Length: 0\r\nContent-Length: 300", hidden),
        "two CL in one": framed(b"Content-Length: 0, 300", hidden),
        "CL +0": framed(b"Content-Length: +0", hidden),
        "CL -1": framed(b"Content-Length: -1", hidden),
        "CL 0x0": framed(b"Content-Length: 0x0", hidden),
        "CL empty": framed(b"Content-Length:", hidden),
        "CL words": framed(b"Content-Length: zero", hidden),
        "CL beyond 64 bits": framed(b"Content-Length: 18446744073709551616", hidden),
        "TE twice": framed(chunked + b"\r\nTransfer-Encoding: identity"),
        "TE unknown": framed(b"Transfer-Encoding: xchunked\r\nContent-Length: 0", hidden),
        "TE not last": framed(b"Transfer-Encoding: chunked, identity"),
        "TE after a tab": framed(b"Transfer-Encoding:\tchunked\r\nContent-Length: 0"),
        "TE with a vertical tab": framed(b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 0"),
        "space before the colon": framed(b"Transfer-Encoding : chunked\r\nContent-Length: 0"),
        "folded": framed(b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 0"),
        "NUL": framed(b"Transfer-Encoding: chunked\0\r\nContent-Length: 0"),
        "bare CR": framed(b"x: y\rTransfer-Encoding: chunked\r\nContent-Length: 0"),
        "signed chunk": framed(chunked, b"+0\r\n\r\n" + hidden),
        "negative chunk": framed(chunked, b"-1\r\n\r\n" + hidden),
        "0x chunk": framed(chunked, b"0x0\r\n\r\n" + hidden),
        "huge chunk": framed(chunked, b"fffffffffffffffff\r\n\r\n" + hidden),
        "empty chunk size": framed(chunked, b"\r\n\r\n" + hidden),
        "chunk without its end": framed(chunked, b"1\r\nAA0\r\n\r\n" + hidden),
        "bare LF in an extension": framed(chunked, b"1;a\nb\r\nA\r\n0\r\n\r\n" + hidden),
    }


async def slowloris(stage: Stage) -> str:
    """200 connections that never finish their headers."""
    async with stage.own() as product:
        success(await stage.ask(product=product), "hi")
        opened = [await asyncio.open_connection("127.0.0.1", product.port) for _ in range(200)]
        writers = [writer for _, writer in opened]
        dripping = asyncio.create_task(_drip(writers, product))
        try:
            slowest = 0.0
            for _ in range(20):
                reply = await stage.ask(product=product)
                success(reply, "hi")
                slowest = max(slowest, reply.seconds)
                await asyncio.sleep(0.05)
            check(slowest < 1.5, f"others waited {slowest:.1f} s")
            began = time.monotonic()
            ends = [asyncio.create_task(reader.read()) for reader, _ in opened]
            done, _ = await asyncio.wait(ends, timeout=20)
            took = time.monotonic() - began
            for task in ends:
                task.cancel()
        finally:
            dripping.cancel()
            for _, writer in opened:
                writer.close()
    check(len(done) == 200, f"others served ({slowest * 1000:.0f} ms); {len(done)} of 200 cut")
    return f"others served within {slowest * 1000:.0f} ms; all cut after {took:.0f} s"


async def _drip(writers: Sequence[asyncio.StreamWriter], product: Product) -> None:
    for writer in writers:
        writer.write(f"POST {CHAT} HTTP/1.1\r\nHost: {product.host}\r\n".encode())
    while True:
        await asyncio.sleep(1)
        for writer in writers:
            writer.write(b"x-a: b\r\n")


async def huge_heads(stage: Stage) -> str:
    """Headers and an address beyond reason."""
    lines = [f"x-{number}: {'y' * 8000}" for number in range(100)]
    long_key = ["Authorization: Bearer " + "z" * 100_000]
    shapes = {
        "one header of 1 MB": stage.request(stage.body(), head=["x: " + "y" * 1_000_000]),
        "10,000 headers": stage.request(stage.body(), head=[f"x-{n}: y" for n in range(10_000)]),
        "100 headers of 8 kB": stage.request(stage.body(), head=lines),
        "an address of 200 kB": request(stage.product, "/v1/models?" + "x" * 200_000, method="GET"),
        "a key of 100 kB": request(stage.product, CHAT, stage.body(), long_key, key=False),
    }
    seen = {}
    for name, data in shapes.items():
        reply = await stage.bad(name, data)
        check(reply.status in (400, 401, 414, 431), f"{name}: {reply.status}")
        seen[name] = reply.status
    check(not stage.lane.calls, "an upstream call")
    return json.dumps(seen)


ROWS = (
    Row(74, "client headers", "(none of them goes to ChatGPT)", client_headers),
    Row(75, "header injection", "4xx, or the value escaped", injection),
    Row(76, "path traversal", "4xx", traversal),
    Row(77, "odd methods", "404, 405 or 501", odd_methods),
    Row(78, "smuggling", "400, and the connection closed", smuggling, limit=120),
    Row(79, "slowloris", "others are served; cut at the header limit", slowloris, slow=True),
    Row(80, "huge headers, URL", "431, 414 or 400", huge_heads),
)
