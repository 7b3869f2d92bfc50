"""Rows 64 to 73: bodies that are too large, too deep, wrong or mean."""

import asyncio
import gzip
import json
from contextlib import suppress

import zstandard

from faults.checks import check, refused, success
from faults.rig.backend import canary
from faults.rig.bombs import gzip_bomb, zstd_bomb
from faults.rig.caller import Caller, Reply, connected, request
from faults.rig.process import rss
from faults.rig.product import Product
from faults.rig.wire import chunk
from faults.rows.excess import MOST_GROWTH
from faults.rows.inputs import HOT, TAKES_JSON
from faults.stage import CHAT, RESPONSES, Row, Stage


async def too_large(stage: Stage) -> str:
    """100 MB: announced, or in chunks that announce nothing."""
    async with stage.own() as product:
        success(await stage.ask(product=product), "hi")
        before, calls = rss(product.pid), len(stage.lane.calls)
        head = request(product, CHAT, None, ["Content-Type: application/json"]).removesuffix(
            b"\r\n"
        )
        async with connected(product) as caller:
            await caller.send(head + b"Content-Length: 100000000\r\n\r\n" + b"[" * 1000)
            declared = await caller.reply()
        refused(declared, 413)
        async with connected(product) as caller:
            await caller.send(head + b"Transfer-Encoding: chunked\r\n\r\n")
            sent, undeclared = await _poured(caller)
        refused(undeclared, 413)
        growth = rss(product.pid) - before
        check(len(stage.lane.calls) == calls, "an upstream call")
    check(growth < MOST_GROWTH, f"{growth:.0f} MiB more memory")
    early = f"after {declared.seconds * 1000:.0f} ms"
    return f"413 {early}; undeclared: 413 after {sent} MB; {growth:.0f} MiB more memory"


async def _poured(caller: Caller) -> tuple[int, Reply]:
    """So many MB until it was refused."""
    answered = asyncio.create_task(caller.reply())
    sent = 0
    with suppress(ConnectionError):
        while not answered.done() and sent < 100:
            await caller.send(chunk(b"x" * 1_000_000))
            sent += 1
            await asyncio.sleep(0)
    return sent, await answered


async def deep(stage: Stage) -> str:
    """100,000 levels, in the body and in places that are passed on."""
    arrays, objects = b"[" * 100_000, b'{"a":' * 100_000
    said = b'"model": "gpt-5.5", "input": "x", "prompt": "x", '
    said += b'"messages": [{"role": "user", "content": "x"}]'
    shapes = {
        "arrays": arrays + b"]" * 100_000,
        "objects": objects + b"1" + b"}" * 100_000,
        "open": arrays,
        "in metadata": b"{%b, %b}" % (said, b'"metadata": ' + objects + b"1" + b"}" * 100_000),
        "in a schema": b'{%b, "tools": [{"type": "function", "name": "f", "function": {"name": "f",'
        b'"parameters": %b1%b}}]}' % (said, objects, b"}" * 100_000),
        "in an unknown field": b'{%b, "dream": %b%b}' % (said, arrays, b"]" * 100_000),
    }
    for path in TAKES_JSON:
        for name, body in shapes.items():
            reply = await stage.bad(f"{path}, {name}", stage.request(body, path))
            refused(reply, 400, 501)
    return f"{len(shapes) * len(TAKES_JSON)} requests refused"


async def duplicates(stage: Stage) -> str:
    """The same key twice: who reads what?"""
    first = b'"messages": [{"role": "user", "content": "first"}], "input": "first"'
    last = b'"messages": [{"role": "user", "content": "last"}], "input": "last"'
    body = b'{"model": "gpt-unknown", "model": "gpt-5.5", %b, %b, "store": false}' % (first, last)
    for path in (CHAT, RESPONSES):
        reply = await stage.bad(f"duplicates, {path}", stage.request(body, path))
        if reply.status == 200:
            heard = stage.lane.calls[-1]
            check(b"first" not in heard.body, "the first value went on")
            check(heard.body.count(b'"model":') == 1, "two models upstream")
            heard.json()
        else:
            refused(reply, 400)
    return f"{reply.status}: the last value counts, one upstream"


async def strange_numbers(stage: Stage) -> str:
    """NaN, infinities, 1e999, 10,000 digits: in numbers, in metadata, in schemas."""
    numbers = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1" * 10_000, b"1e-99999"]
    said = b'"model": "gpt-5.5", "input": "x", "store": false, '
    said += b'"messages": [{"role": "user", "content": "x"}]'
    tool = b'"tools": [{"type": "function", "name": "f", "parameters": {"maximum": %b}, '
    tool += b'"function": {"name": "f", "parameters": {"maximum": %b}}}]'
    served = 0
    for number in numbers:
        fields = [b'"temperature": %b', b'"max_tokens": %b', b'"max_output_tokens": %b']
        bodies = [b"{%b, %b}" % (said, field % number) for field in fields]
        bodies.append(b"{%b, %b}" % (said, tool % (number, number)))
        bodies.append(b'{%b, "metadata": {"a": %b}}' % (said, number))
        bodies.append(b'{%b, "dream": [%b]}' % (said, number))
        for path in (CHAT, RESPONSES):
            for body in bodies:
                name = f"{path}, {number[:12].decode()}"
                reply = await stage.bad(name, stage.request(body, path))
                if reply.status == 200:
                    served += 1
                    stage.lane.calls[-1].json()
                else:
                    refused(reply, 400)
    return f"400 for what is no number; {served} served with strict JSON upstream"


async def strange_characters(stage: Stage) -> str:
    """Lone surrogates, NUL, controls, as escapes and as bytes."""
    texts = [
        rb"\ud800",
        rb"\udc00\ud800",
        rb"a\u0000b",
        rb"\u0001\u001f",
        b"a\x00b",
        rb"\uffff",
        b"\xff",
    ]
    seen: dict[int, int] = {}
    for text in texts:
        said = b'{"model": "gpt-5.5", "store": false, "input": "%b", "user": "%b", '
        said += b'"messages": [{"role": "user", "content": "%b"}], "stop": ["%b"], "dream": "%b"}'
        for path in (CHAT, RESPONSES):
            reply = await stage.bad(f"{path}, {text!r}", stage.request(said % ((text,) * 5), path))
            seen[reply.status] = seen.get(reply.status, 0) + 1
            if reply.status == 200:
                stage.lane.calls[-1].json()
            else:
                refused(reply, 400)
    return f"{seen}; strict JSON upstream"


async def wrong_kind(stage: Stage) -> str:
    """Other content types, and none."""
    kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "text/html, application/json",
        "",
        None,
    ]
    for path in HOT:
        for kind in kinds:
            data = request(stage.product, path, stage.body(), stage.choosing, kind=kind)
            refused(await stage.bad(f"{path}, {kind}", data), 400, 415)
    check(not stage.lane.calls, "an upstream call")
    return f"{len(HOT) * len(kinds)} requests refused"


async def bad_images(stage: Stage) -> str:
    """Data URLs that hold no image."""
    urls = [
        "data:image/png;base64,***",
        "data:image/png;base64,",
        "data:image/png;base64,A",
        "data:image/png,hello",
        "data:;base64,QUJD",
        "data:",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,QUJD\r\nQUJD*",
        "",
        "no address",
    ]
    for url in urls:
        part = {"type": "image_url", "image_url": {"url": url}}
        body = stage.body(messages=[{"role": "user", "content": [part]}])
        refused(await stage.bad(f"chat, {url!r}", stage.request(body)), 400)
        item = {"role": "user", "content": [{"type": "input_image", "image_url": url}]}
        body = stage.body(path=RESPONSES, input=[item])
        refused(await stage.bad(f"responses, {url!r}", stage.request(body, RESPONSES)), 400)
    check(not stage.lane.calls, "an upstream call")
    return f"{2 * len(urls)} requests refused"


async def packed_bodies(stage: Stage) -> str:
    """Gzip and zstd: good, bombs of 768 MiB, nonsense, names that nobody knows."""
    body = stage.body()
    async with stage.own() as product:
        for kind, packed in (
            ("gzip", gzip.compress(body)),
            ("zstd", zstandard.compress(body)),
            ("GZIP", gzip.compress(body)),
        ):
            reply = await _packed(stage, product, kind, packed)
            if reply.status != 415:
                success(reply, "hi")
        calls, before = len(stage.lane.calls), rss(product.pid)
        bombs = {
            "gzip": await asyncio.to_thread(gzip_bomb, 768),
            "zstd": await asyncio.to_thread(zstd_bomb, 768),
        }
        for kind, bomb in bombs.items():
            refused(await _packed(stage, product, kind, bomb), 413, 415)
            refused(await _packed(stage, product, kind, bomb[: len(bomb) // 2]), 400, 413, 415)
        for kind in ("gzip", "zstd", "br", "deflate", "gzip, gzip", "identity, gzip", "x" * 100):
            refused(await _packed(stage, product, kind, b"nonsense"), 400, 415)
        growth = rss(product.pid) - before
        check(len(stage.lane.calls) == calls, "an upstream call")
    check(growth < 2 * MOST_GROWTH, f"{growth:.0f} MiB more memory")
    return f"served; bombs 413, nonsense 400 or 415; {growth:.0f} MiB more memory"


async def _packed(stage: Stage, product: Product, kind: str, body: bytes) -> Reply:
    data = request(product, CHAT, body, [f"Content-Encoding: {kind}"])
    return await stage.bad(f"{kind} of {len(body)} bytes", data, product)


async def fetched_addresses(stage: Stage) -> str:
    """Addresses of images and files that we are asked to look at; we never do."""
    async with canary() as bird:
        urls = [
            f"{bird.url}/image.png",
            "file:///etc/passwd",
            "http://169.254.169.254/latest/meta-data/",
            f"ftp://127.0.0.1:{bird.url.rpartition(':')[2]}/x",
            f"gopher://127.0.0.1:{bird.url.rpartition(':')[2]}/x",
            "//127.0.0.1/x",
            "/etc/passwd",
        ]
        for url in urls:
            for field in ("image_url", "file_url"):
                kind = "input_image" if field == "image_url" else "input_file"
                item = {"role": "user", "content": [{"type": kind, field: url}]}
                body = stage.body(path=RESPONSES, input=[item])
                reply = await stage.bad(f"{field} {url}", stage.request(body, RESPONSES))
                check(b"root:" not in reply.body, "a file was read")
                check(b"root:" not in b"".join(call.body for call in stage.lane.calls), "sent on")
            part = {"type": "image_url", "image_url": {"url": url}}
            body = stage.body(messages=[{"role": "user", "content": [part]}])
            await stage.bad(f"chat {url}", stage.request(body))
        edit = json.dumps({"prompt": "x", "images": [{"image_url": urls[0]}]}).encode()
        await stage.send(stage.request(edit, "/v1/images/edits"))
        await asyncio.sleep(0.2)
    check(bird.connections == 0, f"{bird.connections} connections to the canary")
    return f"{len(urls)} addresses, 0 connections, no file read"


ROWS = (
    Row(64, "100 MB body", "413 early", too_large, alone=True),
    Row(66, "nested 100,000 deep", "400", deep),
    Row(67, "duplicate keys", "the last one counts", duplicates),
    Row(68, "NaN, 1e999, 10,000 digits", "400", strange_numbers),
    Row(69, "lone surrogates, NUL", "400, or repaired", strange_characters),
    Row(70, "wrong content type", "415", wrong_kind),
    Row(71, "invalid base64 image", "400", bad_images),
    Row(
        72,
        "gzip, zstd: good, bomb, nonsense",
        "served; 413; 400 or 415",
        packed_bodies,
        alone=True,
        slow=True,
    ),
    Row(73, "SSRF by image or file URL", "passed on or 400; never fetched", fetched_addresses),
)
