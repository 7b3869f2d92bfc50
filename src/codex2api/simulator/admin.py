"""``/simulator``: what tests and people steer the simulator with. No sign-in: loopback only."""

import copy
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from codex2api.protocol.json import decode, encode
from codex2api.simulator.accounts import DEFAULT_LABEL, SimulatedAccount
from codex2api.simulator.backend.limits import Window
from codex2api.simulator.backend.switches import MODES as BACKEND_MODES, BackendSwitches
from codex2api.simulator.issuer import device
from codex2api.simulator.issuer.switches import MODES as TOKEN_MODES, TokenSwitches
from codex2api.simulator.official.steering import steer
from codex2api.simulator.scenarios.entries import ScenarioError, parse_rules
from codex2api.simulator.state import STATE, SimulatorState

Handler = Callable[[SimulatorState, dict[str, Any]], Awaitable[Any]]

CONSENTS = ("auto", "page", "deny", "no_seat")
FAULT_MODES = {"token": TOKEN_MODES, "exchange": TOKEN_MODES, "backend": BACKEND_MODES}
FAULT_NAMES = (
    *FAULT_MODES, "token_times", "token_delay", "exchange_times", "backend_times",
    "models_fail", "models_delay",
)  # fmt: skip


class AdminError(Exception):
    """An admin call that makes no sense; the message says why."""


def minted(state: SimulatorState, account: SimulatedAccount, seconds: int | None) -> dict[str, Any]:
    """Tokens for ``account``, with what an account file needs beside them."""
    return state.tokens.mint(account, seconds) | {
        "account_id": account.account_id,
        "email": account.email,
        "plan": account.plan,
    }


async def _tokens(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Sign an account in: ``account`` is any label, ``seconds`` the life of the access token."""
    seconds = fields.get("seconds")
    if seconds is not None and not isinstance(seconds, int):
        raise AdminError("seconds must be a whole number.")
    return minted(state, state.account(str(fields.get("account", DEFAULT_LABEL))), seconds)


async def _scenario(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Add entries of a scenario file, before those in force; ``replace`` drops the latter."""
    try:
        rules = parse_rules(fields.get("entries"))
    except ScenarioError as error:
        raise AdminError(str(error)) from None
    if fields.get("replace"):
        state.rules.clear()
    state.rules.add(rules)
    return {"rules": len(state.rules.rules)}


async def _faults(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Set faults of refresh (``token``), code exchange and backend; what is not named is lifted."""
    _check_names(fields, FAULT_NAMES)
    for name, modes in FAULT_MODES.items():
        _check_mode(fields.get(name), modes)
    refresh_times, delay = fields.get("token_times"), float(fields.get("token_delay", 0))
    state.token_switches = TokenSwitches(fields.get("token"), refresh_times, delay)
    state.exchange_switches = TokenSwitches(fields.get("exchange"), fields.get("exchange_times"))
    state.backend_switches = BackendSwitches(
        fields.get("backend"),
        fields.get("backend_times"),
        models_fail=bool(fields.get("models_fail")),
        models_delay=float(fields.get("models_delay", 0)),
    )
    return fields


async def _sign_in(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Who signs in next (``account``), how the page answers (``consent``, ``state_suffix``)."""
    _check_names(fields, ("account", "consent", "state_suffix"))
    state.state_suffix = str(fields.get("state_suffix", state.state_suffix))
    if "account" in fields:
        state.signed_in_label = str(fields["account"])
    if "consent" in fields:
        _check_mode(fields["consent"], CONSENTS)
        state.consent = fields["consent"]
    return {"account": state.signed_in_label or DEFAULT_LABEL, "consent": state.consent}


async def _device(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Decide a device code: ``user_code`` and, to deny it, ``decision: denied``."""
    decision = "denied" if fields.get("decision") == "denied" else "approved"
    if not device.decide(state, str(fields.get("user_code", "")), decision):
        raise AdminError("there is no such user_code.")
    return {"decision": decision}


async def _invalidate(state: SimulatorState, _: dict[str, Any]) -> Any:
    """Make every access token issued so far invalid (``token_invalidated``)."""
    state.tokens.invalidate_access()
    return {}


async def _limits(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Set windows: ``primary`` and ``secondary`` as ``{used, minutes, left}``, or null.

    With ``account``, a label, they are that account's own from then on.
    """
    _check_names(fields, ("account", "primary", "secondary", "shown"))
    limits = state.limits
    if "account" in fields:
        label = str(fields["account"])
        limits = state.own_limits.setdefault(label, copy.deepcopy(state.limits_of(label)))
    if "primary" in fields:
        limits.primary = _window(fields["primary"], limits.primary)
    if "secondary" in fields:
        wanted = fields["secondary"]
        old = limits.secondary or Window(0, 10_080, 604_800)
        limits.secondary = None if wanted is None else _window(wanted, old)
    limits.shown = bool(fields.get("shown", limits.shown))
    return limits.usage()


async def _official(state: SimulatorState, fields: dict[str, Any]) -> Any:
    """Set switches of the official sign-in and its API; what is not named stays as it is."""
    return steer(state.official, fields)


async def _reset(state: SimulatorState, _: dict[str, Any]) -> Any:
    """Forget requests, counters, faults and added rules; tokens stay good."""
    state.reset()
    return {}


def _window(fields: dict[str, Any], old: Window) -> Window:
    _check_names(fields, ("used", "minutes", "left"))
    return Window(
        float(fields.get("used", old.used)),
        int(fields.get("minutes", old.minutes)),
        int(fields.get("left", old.left)),
    )


def _check_names(fields: dict[str, Any], known: tuple[str, ...]) -> None:
    for name in fields:
        if name not in known:
            raise AdminError(f"{name!r} is unknown; known are {', '.join(known)}.")


def _check_mode(mode: Any, known: tuple[str, ...]) -> None:
    if mode is not None and mode not in known:
        raise AdminError(f"{mode!r} is unknown; known are {', '.join(known)}.")


async def _requests(request: web.Request) -> web.Response:
    """The remembered requests; ``?path=`` and ``?method=`` choose."""
    query = request.query
    found = request.app[STATE].recorder.requests(query.get("path", ""), query.get("method", ""))
    return _reply({"requests": [each.view() for each in found]})


async def _counters(request: web.Request) -> web.Response:
    """What was counted."""
    state = request.app[STATE]
    return _reply(
        {
            "refreshes": {
                "attempts": state.refreshes.attempts,
                "succeeded": state.refreshes.succeeded,
                "most_at_once": state.refreshes.most_at_once,
            },
            "streams": {
                "started": state.streams.started,
                "finished": state.streams.finished,
                "running": state.streams.running,
                "most_at_once": state.streams.most_at_once,
                "bytes_sent": state.streams.bytes_sent,
            },
            "revoked": len(state.revoked),
        }
    )


def _call(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        data = await request.read()
        try:
            return _reply(await handler(request.app[STATE], _fields(data)))
        except (AdminError, ValueError, TypeError) as error:
            return _reply({"detail": str(error)}, 400)

    return answer


def _fields(data: bytes) -> dict[str, Any]:
    value = decode(data) if data else {}
    if isinstance(value, list):
        return {"entries": value}
    if not isinstance(value, dict):
        raise AdminError("the body must be a JSON object.")
    return value


def _reply(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")


routes = [
    web.get("/simulator/requests", _requests),
    web.get("/simulator/counters", _counters),
    web.post("/simulator/tokens", _call(_tokens)),
    web.post("/simulator/scenario", _call(_scenario)),
    web.post("/simulator/faults", _call(_faults)),
    web.post("/simulator/sign-in", _call(_sign_in)),
    web.post("/simulator/device", _call(_device)),
    web.post("/simulator/invalidate", _call(_invalidate)),
    web.post("/simulator/limits", _call(_limits)),
    web.post("/simulator/official", _call(_official)),
    web.post("/simulator/reset", _call(_reset)),
]
