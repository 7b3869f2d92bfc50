"""The refresh grant: rotation, and every way it is known to go wrong."""

import asyncio
from typing import Any

from aiohttp import web

from codex2api.simulator.accounts import SimulatedAccount
from codex2api.simulator.issuer.bodies import refuse, reply
from codex2api.simulator.issuer.faults import MESSAGES, fail_after, fail_before
from codex2api.simulator.issuer.tokens import TokenError
from codex2api.simulator.state import SimulatorState


async def refresh(
    request: web.Request, state: SimulatorState, fields: dict[str, Any]
) -> web.StreamResponse:
    """Answer one refresh, counting it, as the switches say."""
    state.refreshes.begin()
    try:
        if state.token_switches.delay:
            await asyncio.sleep(state.token_switches.delay)
        return await _answer(request, state, fields)
    finally:
        state.refreshes.end()


async def _answer(
    request: web.Request, state: SimulatorState, fields: dict[str, Any]
) -> web.StreamResponse:
    mode = state.token_switches.take()
    if early := await fail_before(request, mode):
        return early
    if fields.get("client_id") != state.options.client_id:
        return refuse(401, "invalid_client", "The client is unknown.")
    try:
        spent = str(fields.get("refresh_token", ""))
        account = state.tokens.spend(spent)
    except TokenError as refused:
        return refuse(401, str(refused), MESSAGES[str(refused)])
    answer = _tokens(state, account, mode, spent)
    if late := await fail_after(request, mode, answer):
        return late
    state.refreshes.succeeded += 1
    return reply(answer)


def _tokens(
    state: SimulatorState, account: SimulatedAccount, mode: str | None, spent: str
) -> dict[str, Any]:
    if mode == "other_account":
        account = state.account(f"not-{account.label}")
    answer = state.tokens.mint(account)
    match mode:
        case "no_refresh_token":
            # The old one stays good then: whoever keeps it must be able to go on.
            state.tokens.restore(answer.pop("refresh_token"), spent)
        case "no_id_token":
            del answer["id_token"]
    return answer
