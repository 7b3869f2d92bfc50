"""``POST /codex/responses``: check, choose an answer, send it."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.bodies import parse_object, read_body
from codex2api.simulator.backend.catalogue import catalogue_etag
from codex2api.simulator.backend.lite import HEADER as LITE_HEADER
from codex2api.simulator.backend.refusal import RefusalError
from codex2api.simulator.backend.validate import Sender, validate
from codex2api.simulator.issuer.tokens import Access
from codex2api.simulator.recorder import RecordedRequest
from codex2api.simulator.scenarios.answers import Answer, Fault
from codex2api.simulator.scenarios.choose import answer_marker
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.ruled import answer_rule
from codex2api.simulator.scenarios.turn import Turn
from codex2api.simulator.state import RECORDED, STATE, SimulatorState
from codex2api.simulator.wire import send_fault, send_stream


async def responses(request: web.Request) -> web.StreamResponse:
    """Answer one turn."""
    state = request.app[STATE]
    access = admit(request)
    data = await read_body(request)
    state.recorder.attach(request[RECORDED], data)
    turn = _accept(request, state, access, parse_object(data))
    answer = _answer(state, turn)
    state.streams.begin()
    finished = False
    try:
        sent = await _send(request, answer, _headers(request, state, turn, access.plan))
        finished = True
    finally:
        state.streams.end(finished=finished)
    return sent


async def upgrade(request: web.Request) -> web.Response:
    """No WebSocket here: 426, on which Codex falls back to POST; without upgrade 405."""
    admit(request)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        raise RefusalError(426, {"detail": "Upgrade Required"})
    raise RefusalError(405, {"detail": "Method Not Allowed"}, {"Allow": "POST"})


def _accept(
    request: web.Request, state: SimulatorState, access: Access, body: Mapping[str, Any]
) -> Turn:
    sender = Sender(
        account_id=access.account_id,
        originator=request.headers.get("originator", ""),
        lite=request.headers.get(LITE_HEADER, "").lower() == "true",
    )
    model = validate(body, sender, state.options)
    usage = state.cache.count(access.account_id, body)
    return Turn(body, model, state.next_id(), access.account_id, usage, account=access.label)


def _answer(state: SimulatorState, turn: Turn) -> Answer:
    rule, limits = state.rules.take(turn), state.limits_of(turn.account)
    full = state.options.full_output
    if rule is not None:
        return answer_rule(rule, turn, limits, full_output=full)
    if state.spent(turn.marker, turn.user_text):
        return answer_marker(turn.with_marker(Marker()), limits, full_output=full)
    return answer_marker(turn, limits, full_output=full)


async def _send(
    request: web.Request, answer: Answer, headers: Mapping[str, str]
) -> web.StreamResponse:
    if isinstance(answer, Fault):
        return await send_fault(request, answer)
    recorded: RecordedRequest = request[RECORDED]
    recorded.status = 200
    return await send_stream(request, answer, {**headers, **answer.headers})


def _headers(request: web.Request, state: SimulatorState, turn: Turn, plan: str) -> dict[str, str]:
    headers = {
        "cache-control": "no-cache",
        "openai-model": turn.model.slug,
        "x-models-etag": catalogue_etag(state.options, request.headers.get("version", ""), plan),
        "x-oai-request-id": f"req_{turn.serial}",
        "x-reasoning-included": "true",
        "x-codex-turn-state": f"simulated-turn-{turn.serial}",
        "cf-ray": "simulated-SIM",
        "set-cookie": "__cf_bm=simulated; Path=/; HttpOnly",
    }
    if turn.marker.text("limits") != "none":
        headers |= state.limits_of(turn.account).headers()
    if sticky := request.headers.get("x-codex-turn-state"):
        headers["x-codex-turn-state"] = sticky
    return headers


routes = [
    web.post("/backend-api/codex/responses", responses),
    web.get("/backend-api/codex/responses", upgrade),
]
