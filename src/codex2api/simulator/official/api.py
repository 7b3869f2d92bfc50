"""``/v1/models`` and ``/v1/responses`` as accounts of the official sign-in get them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.accounts import SimulatedAccount
from codex2api.simulator.backend import fields, items, pairs, tools
from codex2api.simulator.backend.bodies import parse_object, read_body
from codex2api.simulator.backend.catalogue import entry, parse_version
from codex2api.simulator.backend.models import SimulatedModel, catalogue
from codex2api.simulator.backend.refusal import detail
from codex2api.simulator.issuer.tokens import TokenError
from codex2api.simulator.official.refusals import refusal
from codex2api.simulator.scenarios.answers import Answer, Fault
from codex2api.simulator.scenarios.choose import answer_marker
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.ruled import answer_rule
from codex2api.simulator.scenarios.turn import Turn, offered_tools
from codex2api.simulator.state import RECORDED, STATE, SimulatorState
from codex2api.simulator.wire import send_fault, send_stream

REFUSED = (
    "background", "conversation", "max_output_tokens", "max_tool_calls", "metadata", "moderation",
    "multi_agent", "prompt", "prompt_cache_breakpoint", "prompt_cache_options",
    "prompt_cache_retention", "safety_identifier", "temperature", "top_logprobs", "top_p",
    "truncation", "user", "previous_response_id",
)  # fmt: skip
ALLOWED = fields.ALLOWED - {"client_metadata", "access_programs"}
TOOLS = ("function", "custom", "namespace", "web_search")

_NEWEST_WITHOUT_VERSION = (0, 150)
"""Whoever names no version of Codex is shown no newer models than those of this one."""


async def models(request: web.Request) -> web.Response:
    """The account's models, with templates that nobody needs."""
    state = request.app[STATE]
    _admit(request, state)
    version = parse_version(request.query.get("client_version", "")) or _NEWEST_WITHOUT_VERSION
    shown = [
        {**entry(model), "base_instructions": "A template. " * 6000}
        for model in catalogue(with_older=state.options.all_models).values()
        if (parse_version(model.client) or ()) <= version
    ]
    return web.Response(body=encode({"models": shown}), content_type="application/json")


async def responses(request: web.Request) -> web.StreamResponse:
    """Answer one turn."""
    state = request.app[STATE]
    client_id, account = _admit(request, state)
    data = await read_body(request)
    state.recorder.attach(request[RECORDED], data)
    body = parse_object(data)
    model = _validate(body, client_id, state)
    usage = state.cache.count(client_id, body)
    turn = Turn(body, model, state.next_id(), client_id, usage, account=account.label)
    answer = _answer(state, turn)
    state.streams.begin()
    finished = False
    try:
        sent = await _send(request, answer, turn)
        finished = True
    finally:
        state.streams.end(finished=finished)
    return sent


def _admit(request: web.Request, state: SimulatorState) -> tuple[str, SimulatedAccount]:
    if mode := state.official.switches.api.take():
        raise refusal(mode)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refusal("invalid_token")
    try:
        client_id = state.official.client_of(token.strip())
    except TokenError:
        raise refusal("invalid_token") from None
    if not state.official.switches.plan_use:
        raise refusal("scope")
    return client_id, state.account(state.official.clients[client_id])


def _validate(body: Mapping[str, Any], client_id: str, state: SimulatorState) -> SimulatedModel:
    for name in body:
        if name in REFUSED or name not in ALLOWED:
            raise detail(f"Unsupported parameter: {name}")
    fields.check_switches(body)
    items.check_roles(body["input"])
    model = fields.pick_model(body, catalogue(with_older=state.options.all_models))
    if any(tool.get("type") not in TOOLS for tool in body.get("tools") or ()):
        raise refusal("capability")
    tools.check_tools(body.get("tools"))
    fields.check_reasoning(body, model)
    fields.check_text(body)
    fields.check_extras(body)
    tools.check_choice(body, {tool.name for tool in offered_tools(body)})
    tools.check_format(body)
    items.check_items(body["input"], client_id)
    pairs.check_pairs(body["input"])
    return model


def _answer(state: SimulatorState, turn: Turn) -> Answer:
    rule = state.rules.take(turn)
    limits = dataclasses.replace(state.limits, shown=False)  # none are told here
    if rule is not None:
        return answer_rule(rule, turn, limits, full_output=False)
    if state.spent(turn.marker, turn.user_text):
        return answer_marker(turn.with_marker(Marker()), limits, full_output=False)
    return answer_marker(turn, limits, full_output=False)


async def _send(request: web.Request, answer: Answer, turn: Turn) -> web.StreamResponse:
    if isinstance(answer, Fault):
        return await send_fault(request, answer)
    request[RECORDED].status = 200
    headers = {
        "cache-control": "no-cache",
        "openai-model": turn.model.slug,
        "x-oai-request-id": f"req_{turn.serial}",
    }
    return await send_stream(request, answer, {**headers, **answer.headers})


routes = [web.get("/v1/models", models), web.post("/v1/responses", responses)]
