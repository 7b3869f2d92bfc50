"""Rows 45 to 49, 57 to 59: tokens that end, and an issuer that fails."""

import asyncio
import json

from faults.checks import check, refused, success
from faults.rig.backend import Heard, Peer, Script
from faults.rig.caller import Reply
from faults.rig.product import Product
from faults.rig.wire import answer, good
from faults.stage import RESPONSES, Row, Stage

UNAUTHORIZED = answer(401, b'{"error": {"code": "token_expired", "message": "expired"}}')
CROWD = 200


async def crowd(stage: Stage, product: Product | None, number: int) -> list[Reply]:
    """So many requests at once."""
    asked = [stage.ask(f"number {n}", product=product) for n in range(number)]
    return await asyncio.gather(*asked)


def _refreshed_once(stage: Stage) -> None:
    count = len(stage.lane.refreshes)
    check(count == 1, f"{count} refreshes")


async def expired(stage: Stage) -> str:
    """An expired token, 200 requests at once, an issuer that takes half a second."""
    stage.lane.delay = 0.5
    stage.sign_in(life=-60)
    await asyncio.sleep(0.05)
    for reply in await crowd(stage, None, CROWD):
        success(reply, "hi")
    _refreshed_once(stage)
    return f"{CROWD} of {CROWD} served, 1 refresh"


async def unauthorized_once(stage: Stage) -> str:
    """The backend refuses one token, once; then a crowd is refused with the same token."""
    stage.lane.play(UNAUTHORIZED, good())
    success(await stage.ask(), "hi")
    _refreshed_once(stage)
    check(len(stage.lane.calls) == 2, f"{len(stage.lane.calls)} calls")
    check(_bearers(stage.lane.calls[-2:]) == 2, "the same token again")
    return "200 after 1 refresh and 2 calls"


def _bearers(calls: list[Heard]) -> int:
    return len({call.headers["authorization"] for call in calls})


async def unauthorized_for_ever(stage: Stage) -> str:
    """The backend refuses every token."""
    stage.lane.play(UNAUTHORIZED)
    first = await stage.ask()
    error = refused(first, 401, 503)
    check("codex2api login" in error["message"], error["message"])
    for path in (RESPONSES, "/v1/chat/completions"):
        for stream in (True, False):
            refused(await stage.ask(path=path, stream=stream), 401, 503)
    calls, refreshes = len(stage.lane.calls), len(stage.lane.refreshes)
    check(calls <= 4 and refreshes <= 2, f"{calls} calls, {refreshes} refreshes")
    return f"{first.status} {error['code']}; {calls} calls and {refreshes} refreshes for 5 requests"


async def broken_issuer(stage: Stage) -> str:
    """Five ways to fail; each time the tokens stay, and the next refresh is tried."""
    page = answer(200, b"<html>Hello</html>", "text/html")
    modes: dict[str, Script] = {
        "500": answer(500),
        "HTML": page,
        "cut JSON": answer(200, b'{"access_token": "ey'),
        "{}": answer(200),
        "close": _close,
        "empty token": answer(200, b'{"access_token": "", "refresh_token": ""}'),
    }
    seen = {}
    for name, script in modes.items():
        token = stage.sign_in(life=-60)
        await asyncio.sleep(0.05)
        stage.lane.issuer = [script]
        reply = await stage.ask()
        refused(reply, 502, 503, 504)
        kept = json.loads(stage.file().read_text())
        check(kept["access_token"] == token and kept["refresh_token"], f"{name}: tokens lost")
        stage.lane.issuer = [None]
        after = await stage.ask()
        check(after.status == 200, f"{name}: {after.status} {after.body[:200]!r} afterwards")
        seen[name] = reply.status
    return f"{seen}, tokens kept, recovered alone"


async def _close(_peer: Peer) -> None:
    await asyncio.sleep(0)


async def dead_refresh_token(stage: Stage) -> str:
    """Expired, reused, revoked: told once, never tried again, nothing deleted."""
    for code in ("refresh_token_expired", "refresh_token_reused", "refresh_token_invalidated"):
        stage.sign_in(life=-60)
        before = stage.file().read_bytes()
        await asyncio.sleep(0.05)
        stage.lane.refreshes.clear()
        stage.lane.issuer = [answer(401, json.dumps({"error": {"code": code}}).encode())]
        for reply in (*await crowd(stage, None, 3), *[await stage.ask() for _ in range(3)]):
            error = refused(reply, 401)
            check("codex2api login" in error["message"], error["message"])
        count = len(stage.lane.refreshes)
        check(count == 1, f"{code}: {count} tries for 6 requests")
        check(stage.file().read_bytes() == before, f"{code}: the file was changed")
    return "401 'sign in again', 1 try for 6 requests, three times"


async def wrong_clock(stage: Stage) -> str:
    """Our clock is behind: the token seems good and is not. Ahead: every token seems expired."""
    stage.sign_in(life=86_400)
    stage.lane.play(UNAUTHORIZED, good())
    success(await stage.ask(), "hi")
    _refreshed_once(stage)
    stage.lane.life = -600
    stage.sign_in(life=-60)
    await asyncio.sleep(0.05)
    for _ in range(10):
        success(await stage.ask(), "hi")
    more = len(stage.lane.refreshes) - 1
    check(more <= 2, f"{more} refreshes for 10 requests")
    return f"served by a 401-driven refresh; {more} refresh for 10 requests with a clock ahead"


async def another_account(stage: Stage) -> str:
    """A refresh gives somebody else's tokens."""
    stage.lane.identity = "acc-of-a-stranger"
    stranger = stage.house.chatgpt.lane("acc-of-a-stranger")
    stage.sign_in(life=-60)
    before = json.loads(stage.file().read_text())
    await asyncio.sleep(0.05)
    for _ in range(3):
        refused(await stage.ask(), 401)
    after = json.loads(stage.file().read_text())
    check(after["account_id"] == before["account_id"], "another account id is stored")
    check(after["access_token"] == before["access_token"], "the stranger's tokens are stored")
    check(not stranger.calls and not stage.lane.calls, "the stranger's tokens were used")
    _refreshed_once(stage)
    return "401, nothing stored, nothing used, 1 refresh"


async def replaced_while_running(stage: Stage) -> str:
    """Somebody signs in anew beside the running server, before and after a refusal."""
    success(await stage.ask(), "hi")
    for refused_before in (False, True):
        if refused_before:
            stage.lane.issuer = [answer(401, b'{"error": {"code": "refresh_token_expired"}}')]
            stage.lane.play(UNAUTHORIZED)
            refused(await stage.ask(), 401)
            stage.lane.refreshes.clear()
            stage.lane.play(good())
        token = stage.sign_in()
        await asyncio.sleep(0.05)
        success(await stage.ask(), "hi")
        used = stage.lane.calls[-1].headers["authorization"]
        check(used == f"Bearer {token}", "an older token was used")
        check(not stage.lane.refreshes, "a refresh for a new sign-in")
    return "the next request uses it, no refresh; also after a refusal"


ROWS = (
    Row(45, "expired token, 200 requests", "all are served by 1 refresh", expired, alone=True),
    Row(46, "401 once", "served after 1 refresh", unauthorized_once),
    Row(47, "401 for ever", "401 that says what to do", unauthorized_for_ever),
    Row(48, "issuer 500, HTML, cut JSON, `{}`, close", "5xx, then service again", broken_issuer),
    Row(49, "refresh expired, reused, revoked", "401 'sign in again'", dead_refresh_token),
    Row(57, "clock wrong", "service", wrong_clock),
    Row(58, "account id changes after a refresh", "401", another_account),
    Row(59, "new sign-in while running", "it is used at once", replaced_while_running),
)
