"""Rows 29 to 38: ChatGPT says no, in every way that it has been seen to."""

import asyncio
import json
import time

from faults.checks import check, honest_end, read, refused, success
from faults.rig.backend import canary
from faults.rig.caller import Reply
from faults.rig.wire import (
    answer,
    created,
    delta,
    done,
    events,
    failed,
    good,
    incomplete,
    opened,
    stream,
)
from faults.stage import NATIVE, RESPONSES, WAYS, Row, Stage

PAGE = b"<!DOCTYPE html><html><head><title>Oops</title></head><body>nginx</body></html>"
CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title>Cloudflare</html>"


async def failed_event(stage: Stage) -> str:
    """``response.failed`` at once, late, and without a reason."""
    error = {"code": "server_error", "message": "An error occurred."}
    seen = []
    for told in ([created(), failed(error)], [failed(None)], [created(), failed(None)]):
        stage.lane.play(stream(events(*told)))
        seen += await stage.each_way(lambda reply: refused(reply, 500, 502, 503)["code"])
    stage.lane.play(stream(events(*opened(), delta("half"), failed(error))))
    seen += await stage.each_way(honest_end)
    return "; ".join(dict.fromkeys(seen))


async def error_event(stage: Stage) -> str:
    """A bare ``error`` event, flat and nested, first and late."""
    nested = {"type": "error", "error": {"code": "server_error", "message": "no"}}
    flat = {"type": "error", "code": "server_error", "message": "no"}
    seen = []
    for event in (nested, flat, {"type": "error"}):
        for before in ([], [created()], [*opened(), delta("half")]):
            stage.lane.play(stream(events(*before, event)))
            seen += await stage.each_way(honest_end)
    return "; ".join(dict.fromkeys(seen))


async def failure_codes(stage: Stage) -> str:
    """Codes that a client acts on keep their status."""
    wanted = {
        "context_length_exceeded": (400, "context_length_exceeded"),
        "rate_limit_exceeded": (429, "rate_limit_exceeded"),
        "server_is_overloaded": (503, "server_is_overloaded"),
        "invalid_prompt": (400, None),
    }
    for name, (status, code) in wanted.items():
        error = {"code": name, "message": f"It was {name}."}
        stage.lane.play(stream(events(created(), failed(error))))
        for reply in await stage.each_way(lambda reply: reply):
            refused(reply, status, code=code)
    return "; ".join(f"{name} {status}" for name, (status, _) in wanted.items())


async def incomplete_answer(stage: Stage) -> str:
    """Two reasons, each with the text so far."""
    for reason, finish in (
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
    ):
        told = [*opened(), delta("so far"), done("so far"), incomplete(reason)]
        stage.lane.play(stream(events(*told)))
        for path, stream_ in WAYS:
            reply = await stage.ask(path=path, stream=stream_)
            success(reply, "so far", "incomplete" if path == RESPONSES else finish)
            check(path != RESPONSES or reason.encode() in reply.body, "the reason is lost")
    return "length and content_filter, with the text"


async def client_errors(stage: Stage) -> str:
    """400 with a parameter and a code, 404, 422."""
    told = {"message": "Bad tool.", "param": "tools[0]", "code": "invalid_value", "type": "x"}
    body = json.dumps({"error": told}).encode()
    for status, expected in ((400, 400), (422, 400), (404, 404)):
        stage.lane.play(answer(status, body))
        before = len(stage.lane.calls)
        for reply in await stage.each_way(lambda reply: reply):
            error = refused(reply, expected)
            check((error["param"], error["code"]) == ("tools[0]", "invalid_value"), f"{error}")
        calls = len(stage.lane.calls) - before
        check(calls <= 2 * len(WAYS), f"{calls} calls for {len(WAYS)} requests")
    return "400 and 404 with param and code"


async def server_errors(stage: Stage) -> str:
    """500, 502 as a page, 503, 529; each time the next request is served."""
    slowest = 0.0
    for refusal in (
        answer(500),
        answer(500, b""),
        answer(502, PAGE, "text/html"),
        answer(503, b'{"error": {"code": "server_is_overloaded"}}'),
        answer(529),
        answer(524, PAGE, "text/html"),
    ):
        stage.lane.play(refusal)
        await stage.each_way(lambda reply: refused(reply, 500, 502, 503, 504, 529))
        stage.lane.play(good())
        began = time.monotonic()
        success(await stage.ask(), "hi")
        slowest = max(slowest, time.monotonic() - began)
    check(slowest < 10, f"recovered after {slowest:.1f} s")
    return f"5xx without HTML, recovery within {slowest:.2f} s"


async def challenge(stage: Stage) -> str:
    """Cloudflare's page."""
    stage.lane.play(answer(403, CHALLENGE, "text/html", ["cf-mitigated: challenge"]))
    before = len(stage.lane.calls)
    errors = await stage.each_way(lambda reply: refused(reply, 502, 403))
    calls = len(stage.lane.calls) - before
    check(calls == len(WAYS), f"{calls} calls for {len(WAYS)} requests")
    check(all("network" in error["message"] for error in errors), errors[0]["message"])
    stage.lane.play(good())
    success(await stage.ask(), "hi")
    return f"{errors[0]['code']} with a hint, 1 call each, served again at once"


async def limit_reached(stage: Stage) -> str:
    """429 with the time of the reset, which is kept to: not asked before it, and asked after it."""
    began = time.monotonic()
    first = await _limit(stage, seconds=2)
    while (reply := await stage.ask()).status == 429:
        _limited(reply, 2)
        await asyncio.sleep(0.1)
    success(reply, "hi")
    calls, waited = len(stage.lane.calls), time.monotonic() - began
    check(calls == 2 and waited > 1.9, f"{calls} calls, served after {waited:.1f} s")
    await _limit(stage, seconds=600)
    for path, stream_ in WAYS:
        _limited(await stage.ask(path=path, stream=stream_), 600)
    check(len(stage.lane.calls) == 3, f"{len(stage.lane.calls) - 3} calls while it is empty")
    return f"429, Retry-After {first.headers['retry-after']}, 1 call, served after the reset"


async def _limit(stage: Stage, seconds: int) -> Reply:
    """A limit for so long; then ChatGPT would answer, if it were asked."""
    told = {"type": "usage_limit_reached", "message": "Limit.", "resets_in_seconds": seconds}
    stage.lane.play(answer(429, json.dumps({"error": told}).encode()))
    reply = await stage.ask()
    _limited(reply, seconds)
    stage.lane.play(good())
    return reply


def _limited(reply: Reply, seconds: int) -> None:
    refused(reply, 429, code="usage_limit_reached")
    after = int(reply.headers.get("retry-after", 0))
    check(1 <= after <= seconds, f"Retry-After {after}")
    check(reply.headers.get("x-should-retry") == "false", "x-should-retry")


async def redirect(stage: Stage) -> str:
    """To a server that must not hear of us."""
    async with canary() as bird:
        for status in (301, 302, 303, 307, 308):
            stage.lane.play(answer(status, head=[f"Location: {bird.url}/codex/responses"]))
            await stage.each_way(lambda reply: refused(reply, 502))
            refused(await stage.ask(path=NATIVE), 502)
    check(bird.connections == 0, f"{bird.connections} connections to the canary")
    return "502 for 5 statuses, 0 connections to the canary"


async def quoted_secret(stage: Stage) -> str:
    """The error quotes our token; ``Reply`` is searched for it wherever it is read."""
    token = json.loads(stage.file().read_text())["access_token"]
    text = f"Bad header: Authorization: Bearer {token} ({stage.account_id})"
    error = {"message": text, "code": token, "param": token, "type": "x"}
    quoting = [
        answer(400, json.dumps({"error": error}).encode()),
        answer(500, json.dumps({"detail": text}).encode()),
        answer(403, json.dumps({"detail": text}).encode()),
        answer(400, text.encode(), "text/plain"),
        stream(events(created(), failed({"code": "invalid_prompt", "message": text}))),
        stream(events(*opened(), delta("a"), failed({"code": "x", "message": text}))),
        stream(events(created(), {"type": "error", "message": text, "code": token})),
    ]
    for script in quoting:
        stage.lane.play(script)
        for reply in await stage.each_way(lambda reply: reply):
            check(stage.account_id.encode() not in reply.body, f"account id: {reply.body!r}")
            check(reply.status >= 400 or read(reply).errors, "success, and it was none")
        await stage.ask(path=NATIVE)
    return f"redacted in {len(quoting)} places, on 4 routes"


ROWS = (
    Row(29, "`response.failed` early, late, error null", "5xx, or an error event", failed_event),
    Row(30, "a bare `error` event", "the same", error_event),
    Row(31, "failed codes: context, rate limit", "400, 429", failure_codes),
    Row(32, "`response.incomplete`", "`length` or `content_filter`, the text", incomplete_answer),
    Row(33, "400, 404", "passed on with param and code", client_errors),
    Row(34, "500, 502 HTML, 503, 529", "5xx; the next request is served", server_errors),
    Row(35, "403 Cloudflare page", "502 `upstream_blocked` with a hint", challenge),
    Row(36, "429 with a reset", "429, Retry-After, then service again", limit_reached),
    Row(37, "redirect", "502; nobody else hears of it", redirect),
    Row(38, "an error that quotes our bearer", "it is redacted", quoted_secret),
)
