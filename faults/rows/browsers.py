"""Rows 96 to 101: the sign-in, and what a browser could be made to do or to show."""

import asyncio
import socket
import statistics
import time
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from faults.checks import check, success
from faults.rig import secrets
from faults.rig.backend import Heard
from faults.rig.caller import Caller, Reply, connected, request
from faults.rig.product import Product
from faults.stage import CHAT, Row, Stage

SCRIPT = "<script>alert(1)</script>"

PAGES = (
    "/",
    "/accounts",
    "/requests",
    "/usage",
    "/keys",
    "/models",
    "/playground",
    "/connect",
    "/settings",
    "/sign-in",
)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def stolen_states(stage: Stage) -> str:
    """Wrong, missing, replayed states; codes of strangers; pages that call back."""
    port = _free_port()
    environ = {"CODEX2API_OAUTH__LOCAL_SERVER_PORT": str(port)}
    async with stage.own(signed_in=False, environ=environ) as product:
        started = (await _posted(stage, product, "/auth/login", b"{}")).json()
        state = started["state"]
        check(parse_qs(urlsplit(started["authorization_url"]).query)["state"] == [state], "state")
        exchanges = stage.house.chatgpt.exchanges
        for wrong in ("wrong", "", state[:-1], state + "x", state.swapcase()):
            body = f'{{"code": "good_{stage.account_id}", "state": "{wrong}"}}'.encode()
            reply = await _posted(stage, product, "/auth/callback", body)
            check(reply.status == 400, f"{wrong!r}: {reply.status}")
            query = f"code=good_{stage.account_id}&state={wrong}"
            check((await _returned(product, port, query)).status == 400, f"{wrong!r} came back")
        strange = await _returned(product, port, f"code=x&state={state}", host="evil.example")
        check(strange.status in (400, 403, 421), f"a foreign Host: {strange.status}")
        check(not _of(stage, exchanges), "a code was exchanged")
        code = f"code=good_{stage.account_id}&state={state}"
        check((await _returned(product, port, code)).status in (200, 302), "the right one")
        replayed = f'{{"url": "http://localhost:{port}/auth/callback?{code}"}}'.encode()
        reply = await _posted(stage, product, "/auth/callback", replayed)
        check(reply.status == 400, f"replayed: {reply.status}")
        count = len(_of(stage, exchanges))
        check(count == 1, f"{count} exchanges")
        success(await stage.ask(product=product), "hi")
    return "400 for 10 wrong states, a foreign Host and a replay; 1 exchange, for the right one"


def _of(stage: Stage, exchanges: list[Heard]) -> list[Heard]:
    return [heard for heard in exchanges if stage.account_id.encode() in heard.body]


async def _posted(stage: Stage, product: Product, path: str, body: bytes) -> Reply:
    return await stage.bad(path, request(product, path, body), product)


async def _returned(product: Product, port: int, query: str, host: str = "") -> Reply:
    """A browser that comes back to the listener."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    target = f"/auth/callback?{query}"
    data = request(product, target, method="GET", host=host or f"localhost:{port}", key=False)
    caller = Caller(reader, writer)
    await caller.send(data)
    reply = await caller.reply()
    caller.close()
    return reply


async def open_redirect(stage: Stage) -> str:
    """Addresses that could lead a browser elsewhere."""
    evil = "evil.example"
    targets = (
        f"//{evil}/",
        f"//{evil}/%2e%2e",
        f"/\\{evil}/",
        f"/?next=https://{evil}",
        f"/auth/login?redirect=https://{evil}",
        f"/docs/?url=//{evil}",
        "/v1/models/",
        f"/sign-in/x?next=//{evil}",
        f"https://{evil}/v1/models",
    )
    for target in targets:
        for key in (True, False):
            data = request(stage.product, target, method="GET", key=key)
            reply = await stage.bad(target, data)
            location = reply.headers.get("location", "/")
            own = location.startswith("/") and not location.startswith(("//", "/\\"))
            check(own, f"{target} leads to {location}")
    return f"{len(targets)} addresses lead nowhere"


async def pages(stage: Stage) -> str:
    """Every page that could show too much, with and without the owner's key.

    ``Stage`` searches each answer for tokens, keys and e-mail addresses.
    """
    paths = (
        "/",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/metrics",
        "/debug",
        "/env",
        "/.env",
        "/auth/status",
        "/health",
        "/health/ready",
        "/v1/models",
        "/admin/api/accounts",
        "/admin/api/keys",
        "/admin/api/settings",
        "/config",
        "/data/tokens.json",
        "/logs",
        "/backend-api/wham/usage",
        "/backend-api/codex/models",
        "/v1/files",
        "/__debug__",
    )
    await stage.ask(f"secret {SCRIPT}")
    for path in paths:
        for key in (True, False):
            data = request(stage.product, path, None, stage.choosing, "GET", key=key)
            reply = await stage.send(data)
            check(reply.status < 500 or path.startswith("/backend-api"), f"{path}: {reply.status}")
            check(b"Traceback" not in reply.body, f"a traceback on {path}")
            check(not key or path != "/auth/status" or reply.status == 200, f"{reply.status}")
    return f"{len(paths)} pages, twice: no secret"


async def timing(stage: Stage) -> str:
    """Whether a key that is nearly right is refused later than one that is not.

    A smoke test: the proof is in the code, which compares hashes in constant time.
    """
    good = secrets.LOCAL_KEY
    keys = {"nothing right": "x" * len(good), "all but the last": good[:-1] + "x", "short": "x"}
    times: dict[str, list[float]] = {name: [] for name in keys}
    async with connected(stage.product) as caller:
        for _ in range(400):
            for name, key in keys.items():
                head = [f"Authorization: Bearer {key}"]
                data = request(stage.product, "/v1/models", None, head, "GET", key=False)
                began = time.perf_counter()
                await caller.send(data)
                reply = await stage.hear(caller)
                times[name].append(time.perf_counter() - began)
                check(reply.status in (401, 429), f"{reply.status}")
    medians = {name: statistics.median(values) * 1e6 for name, values in times.items()}
    apart = max(medians.values()) - min(medians.values())
    check(apart < 0.2 * min(medians.values()), f"{medians}")
    return f"medians of 400 are {apart:.0f} µs apart, of {min(medians.values()):.0f} µs"


async def page_headers(stage: Stage) -> str:
    """What pages allow a browser; JSON is not to be taken for a page."""
    reply = await stage.send(request(stage.product, "/v1/models", method="GET"))
    check("application/json" in reply.headers["content-type"], reply.headers["content-type"])
    for path in PAGES:
        page = await stage.send(request(stage.product, path, method="GET"))
        check("text/html" in page.headers.get("content-type", ""), f"{path}: {page.status}")
        _check_page(page.headers)
    return f"{len(PAGES)} pages: CSP with Trusted Types, nosniff, no framing"


def _check_page(headers: Mapping[str, str]) -> None:
    policy = headers.get("content-security-policy", "")
    check("script-src 'self'" in policy and "default-src 'none'" in policy, policy)
    check("unsafe-" not in policy, policy)
    check("frame-ancestors 'none'" in policy, policy)
    check("require-trusted-types-for 'script'" in policy, policy)
    check(headers.get("x-content-type-options") == "nosniff", "nosniff")
    check(headers.get("x-frame-options") == "DENY", "x-frame-options")
    check(headers.get("cache-control") == "no-store", "cache-control")
    check("referrer-policy" in headers, "referrer-policy")


async def reflection(stage: Stage) -> str:
    """Script in whatever may be shown again."""
    targets = (
        f"/requests?text={SCRIPT}",
        f"/sign-in?next={SCRIPT}",
        f"/{SCRIPT}",
        f"/v1/models/{SCRIPT}",
        f"/docs?x={SCRIPT}",
        f"/v1/files/{SCRIPT}",
    )
    for target in targets:
        data = request(stage.product, target.replace(" ", "%20"), None, _evil(), "GET")
        _no_page(await stage.bad(target, data))
    for body in (stage.body(SCRIPT, model=SCRIPT), stage.body(SCRIPT, dream=SCRIPT)):
        _no_page(await stage.bad("body", stage.request(body, CHAT, _evil())))
    port = _free_port()
    async with stage.own(environ={"CODEX2API_OAUTH__LOCAL_SERVER_PORT": str(port)}) as product:
        await _posted(stage, product, "/auth/login", b"{}")
        for query in (f"error=x&error_description={SCRIPT}", f"error={SCRIPT}&state={SCRIPT}"):
            reply = await _returned(product, port, query.replace(" ", "%20"))
            check(SCRIPT.encode() not in reply.body, "the callback page shows it as HTML")
            policy = reply.headers.get("content-security-policy", "")
            check("default-src 'none'" in policy, f"policy of the callback page: {policy}")
    return f"{len(targets) + 2} answers are JSON, the callback page shows text"


def _evil() -> list[str]:
    return [f"User-Agent: {SCRIPT}", f"Referer: https://x/{SCRIPT}"]


def _no_page(reply: Reply) -> None:
    kind = reply.headers.get("content-type", "")
    check("html" not in kind or SCRIPT.encode() not in reply.body, f"{kind} shows it")


ROWS = (
    Row(96, "OAuth state wrong, replayed; code injected", "400", stolen_states),
    Row(97, "open redirect", "its own path", open_redirect),
    Row(98, "secrets in errors, metrics, docs, debug", "nothing", pages),
    Row(99, "timing of the key check", "(no difference)", timing, alone=True),
    Row(100, "dashboard headers", "CSP, nosniff, no framing", page_headers),
    Row(101, "XSS by model, user agent, output", "text", reflection),
)
