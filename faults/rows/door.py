"""Rows 87 to 95: who is let in, under which name, from which page."""

import re
from collections.abc import Sequence
from http import HTTPStatus

from faults.checks import check, refused, success
from faults.rig import secrets
from faults.rig.caller import request
from faults.stage import CHAT, RESPONSES, Row, Stage

ROUTES = (
    ("POST", CHAT),
    ("GET", CHAT),
    ("POST", RESPONSES),
    ("POST", "/v1/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/files"),
    ("POST", "/v1/audio/transcriptions"),
    ("GET", "/v1/models"),
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/admin/api/accounts"),
    ("GET", "/admin/api/keys"),
    ("POST", "/admin/api/keys"),
    ("POST", "/backend-api/codex/responses"),
    ("GET", "/nowhere"),
)
"""Where a key is asked for, whether or not there is something; the schema names the rest."""

SHUT = (401, 429)
"""For a wrong key; whoever tries too many of them may be told to stop."""

SHUT_CODES = ("invalid_api_key", "too_many_wrong_keys")

SIGN_IN_PAGES = {"/", "/sign-in", "/login"}
"""The dashboard may show a page to who has no key, so that a person can give it."""


async def odd_keys(stage: Stage) -> str:
    """No key, wrong keys, and keys that are nearly right."""
    good = secrets.LOCAL_KEY
    keys = [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {good[:-1]}",
        f"Bearer {good}x",
        f"Bearer {good.upper()}",
        f"Bearer {good} {good}",
        f"Basic {good}",
        f"Bearer Bearer {good}",
        "Bearer sk-" + "0" * 40,
        "Bearer undefined",
        "Bearer \udcff\udcfe",
        "Bearer " + "x" * 10_000,
        "Bearer ' OR 1=1 --",
    ]
    for key in keys:
        head = [] if key is None else [f"Authorization: {key}"]
        for path in (CHAT, RESPONSES):
            data = request(stage.product, path, stage.body(path=path), head, key=False)
            reply = await stage.bad(repr(key), data)
            code = refused(reply, *SHUT)["code"]
            check(code in SHUT_CODES, f"{code}")
            tried = (key or "").removeprefix("Bearer ").encode("utf-8", "surrogateescape")
            check(len(tried) < 8 or tried not in reply.body, "the key is in the answer")
    for head in ([f"x-api-key: {good[:-1]}"], ["x-api-key:"], [f"api-key: {good}"]):
        data = request(stage.product, CHAT, stage.body(), head, key=False)
        refused(await stage.bad(head[0], data), *SHUT)
    check(not stage.lane.calls, "an upstream call")
    return f"{len(keys) * 2 + 3} keys refused"


async def every_route(stage: Stage) -> str:
    """Each route of the schema and some more, without a key."""
    routes = [*ROUTES, *await _published(stage)]
    for method, path in routes:
        body = b"{}" if method in ("POST", "PUT", "PATCH") else None
        reply = await stage.bad(
            f"{method} {path}", request(stage.product, path, body, method=method, key=False)
        )
        if reply.status == HTTPStatus.OK and path in SIGN_IN_PAGES:
            continue
        check(reply.status in (401, 403), f"{method} {path}: {reply.status}")
        error = reply.error()
        # Anthropic's shape has no place for a code of its own but this.
        code = error.get("code") or error.get("details", {}).get("error_code")
        check(not error or code == "invalid_api_key", f"{path}")
    return f"{len(routes)} routes: 401"


async def _published(stage: Stage) -> list[tuple[str, str]]:
    data = request(stage.product, "/openapi.json", method="GET")
    schema = (await stage.send(data)).json()
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "x", path))
        for path, methods in schema["paths"].items()
        for method in methods
        if not path.startswith(("/health", "/sign-in"))
    ]


async def key_in_query(stage: Stage) -> str:
    """A key where logs and histories would keep it."""
    names = ("key", "api_key", "access_token", "token", "authorization")
    for name in names:
        for path in (CHAT, "/v1/models"):
            method = "POST" if path == CHAT else "GET"
            body = stage.body() if path == CHAT else None
            target = f"{path}?{name}={secrets.LOCAL_KEY}"
            data = request(stage.product, target, body, method=method, key=False)
            refused(await stage.bad(name, data), 401)
    check(b"faultsowner" not in stage.product.logs(), "the key is in the log")
    return f"{len(names)} names, 401; not in the log"


async def rebinding(stage: Stage) -> str:
    """Foreign names, with a key and where none is needed."""
    hosts = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:3000", "0.0.0.0")
    more = ("", "evil.example@127.0.0.1", "[::ffff:1.2.3.4]", "127.1", "2130706433")
    async with stage.own("--no-auth") as open_to_all:
        for product in (stage.product, open_to_all):
            for host in (*hosts, *more):
                for method, path in (("GET", "/"), ("GET", "/v1/models"), ("GET", "/health")):
                    data = request(product, path, method=method, host=host)
                    reply = await stage.bad(f"{host} {path}", data)
                    check(reply.status in (400, 403, 421), f"{host} {path}: {reply.status}")
                data = request(product, CHAT, stage.body(), host=host)
                refused(await stage.bad(host, data), 400, 403, 421)
    check(not stage.lane.calls, "an upstream call")
    return f"{len(hosts) + len(more)} names: 421, also where no key is asked for"


async def misleading_host(stage: Stage) -> str:
    """A Host header that another path is read from."""
    name = stage.product.host
    hosts = [f"{name}/health?", f"{name}/health#", f"x/health#@{name}", f"{name}?x=", f"{name}\\@x"]
    hosts += ["127.0.0.1/#@y", f"health@{name}", f"{name}/../health"]
    for host in hosts:
        for method, path in (("GET", "/auth/status"), ("GET", "/metrics"), ("POST", CHAT)):
            body = stage.body() if method == "POST" else None
            data = request(stage.product, path, body, method=method, host=host, key=False)
            reply = await stage.bad(f"{host} {path}", data)
            check(reply.status in (400, 401, 403, 421), f"{host} {path}: {reply.status}")
    return f"{len(hosts)} hosts, 3 routes: shut"


async def forwarded(stage: Stage) -> str:
    """Headers that claim another address, path or person."""
    head = [
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Proto: https",
        "X-Forwarded-User: admin",
        "X_Forwarded_User: admin",
        "X-Forwarded-Uri: /health",
        "X-Original-URL: /health",
        "X-Rewrite-URL: /health",
        "Forwarded: for=127.0.0.1;host=localhost",
        "X-Real-IP: 127.0.0.1",
        "X-Remote-User: admin",
    ]
    for line in [*head, "\r\n".join(head)]:
        for method, path in (("GET", "/auth/status"), ("GET", "/v1/models"), ("POST", CHAT)):
            body = stage.body() if method == "POST" else None
            data = request(stage.product, path, body, [line], method, key=False)
            refused(await stage.bad(line, data), 401)
        client = f"Authorization: Bearer {secrets.CLIENT_KEY}"
        data = request(stage.product, "/auth/status", None, [line, client], "GET", key=False)
        refused(await stage.bad(line, data), 401, 403)
    return f"{len(head)} headers without effect"


async def cross_origin(stage: Stage) -> str:
    """Pages of strangers ask whether they may."""
    origins = ("https://evil.example", "null", "http://localhost.evil.example", "file://")
    for origin in origins:
        for path in (CHAT, "/v1/models", "/auth/status", "/health"):
            head = [
                f"Origin: {origin}",
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization, content-type",
                "Access-Control-Request-Private-Network: true",
            ]
            for method, key in (("OPTIONS", False), ("GET", True), ("POST", True)):
                body = stage.body() if method == "POST" else None
                data = request(stage.product, path, body, head, method, key=key)
                reply = await stage.bad(f"{origin} {method} {path}", data)
                allowed = [n for n in reply.headers if n.startswith("access-control-allow")]
                check(not allowed, f"{origin} {method} {path}: {allowed}")
                check(reply.status >= 400, f"{origin} {method} {path}: {reply.status}")
    check(not stage.lane.calls, "an upstream call")
    return f"{len(origins)} origins: no allow header, nothing served"


async def drive_by(stage: Stage) -> str:
    """What a page can post without asking, to a server that wants no key."""
    body = stage.body()
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    origins: Sequence[Sequence[str]] = (
        [],
        ["Origin: https://evil.example"],
        ["Origin: null"],
        ["Sec-Fetch-Site: cross-site"],
        ["Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"],
    )
    tried = 0
    async with stage.own("--no-auth") as product:
        success(await stage.ask(product=product), "hi")
        stage.lane.calls.clear()
        for head in origins:
            for path in (CHAT, RESPONSES, "/v1/files", "/auth/login", "/auth/logout"):
                for kind in (*kinds, *(["application/json"] if head else [])):
                    data = request(product, path, body, head, kind=kind, key=False)
                    reply = await stage.bad(f"{path} {kind} {head}", data, product)
                    check(400 <= reply.status < 500, f"{path} {kind} {head}: {reply.status}")
                    tried += 1
    check(not stage.lane.calls, "quota was spent")
    return f"{tried} posts refused, 0 upstream calls"


async def admin(stage: Stage) -> str:
    """The owner's routes: no key, a client's key, a stranger's page with the owner's key."""
    routes = [
        (method, path)
        for method, path in [*await _published(stage), *ROUTES]
        if path.startswith(("/admin/", "/auth/", "/metrics", "/openapi.json"))
    ]
    for method, path in routes:
        body = b"{}" if method == "POST" else None
        for keys in ([], [f"Authorization: Bearer {secrets.CLIENT_KEY}"]):
            data = request(stage.product, path, body, keys, method, key=False)
            refused(await stage.bad(f"{method} {path}", data), 401, 403)
        evil = ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"]
        data = request(stage.product, path, body, evil, method)
        refused(await stage.bad(f"{method} {path}, cross-site", data), 403)
    models = request(
        stage.product,
        "/v1/models",
        head=[f"Authorization: Bearer {secrets.CLIENT_KEY}"],
        method="GET",
        key=False,
    )
    check((await stage.send(models)).status == 200, "a client's key is good for nothing")
    return f"{len(routes)} routes shut to clients and to pages"


ROWS = (
    Row(87, "no, wrong, odd keys", "401", odd_keys),
    Row(88, "every route needs the key", "401", every_route),
    Row(89, "key in the query", "401; not in the log", key_in_query),
    Row(90, "DNS rebinding", "421", rebinding),
    Row(91, "Host that confuses the route", "400, 401 or 421", misleading_host),
    Row(92, "forwarded headers", "(no effect)", forwarded),
    Row(93, "CORS", "no allow header", cross_origin),
    Row(94, "drive-by simple POST", "4xx", drive_by),
    Row(95, "admin routes with none or a client key", "401", admin),
)
