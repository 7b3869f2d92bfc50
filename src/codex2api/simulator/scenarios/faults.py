"""Answers that are no stream: HTTP errors and broken connections (protocol sheet, section 4.1)."""

import time
from collections.abc import Callable
from typing import Any

from codex2api.protocol.json import encode
from codex2api.simulator.backend.limits import Limits
from codex2api.simulator.backend.refusal import RefusalError
from codex2api.simulator.backend.switches import MODES, access_refusal
from codex2api.simulator.scenarios.answers import Break, Fault
from codex2api.simulator.scenarios.markers import Marker

FaultMaker = Callable[[Marker, Limits], Fault]

AUTHORIZATION = "%authorization%"
"""In the body of a fault: the request's own header takes its place."""

_PAGE = b"<!doctype html><html><body><h1>%d</h1><p>simulated gateway</p></body></html>"


def http(marker: Marker, _: Limits) -> Fault:
    """Any ``status`` with the ``detail`` given; 5xx gateway errors as pages with ``html=1``."""
    status = marker.count("status", 500)
    if marker.flag("html"):
        return Fault(status, _PAGE % status, content_type="text/html")
    return _json(status, {"detail": marker.text("detail", "Simulated failure.")})


def usage_limit(marker: Marker, limits: Limits) -> Fault:
    """429: the plan's limit is reached; ``resets`` seconds from now, or ``resets=none``."""
    error: dict[str, Any] = {
        "type": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": limits.plan,
        "eligible_promo": None,
    }
    headers = limits.headers()
    if marker.text("resets") != "none":
        left = marker.count("resets", 3600)
        resets_at = int(time.time()) + left
        error |= {"resets_at": resets_at, "resets_in_seconds": left}
        headers |= {
            "x-codex-primary-reset-at": str(resets_at),
            "x-codex-primary-reset-after-seconds": str(left),
        }
    headers |= {
        "x-codex-primary-used-percent": "100",
        "x-codex-rate-limit-reached-type": "rate_limit_reached",
    }
    return _json(marker.count("status", 429), {"error": error}, headers)


def usage_not_included(_: Marker, limits: Limits) -> Fault:
    """429: the plan has no access at all."""
    message = "The plan does not include this use."
    error = {"type": "usage_not_included", "message": message, "plan_type": limits.plan}
    return _json(429, {"error": error}, limits.headers())


def rate_limited(marker: Marker, _: Limits) -> Fault:
    """A bare 429; ``after`` sets ``retry-after``."""
    headers = {"retry-after": marker.text("after")} if "after" in marker.params else {}
    return Fault(429, b"Too Many Requests", headers, "text/plain")


def overloaded(marker: Marker, _: Limits) -> Fault:
    """503 with the code that Codex takes as final."""
    code = marker.text("code", "server_is_overloaded")
    message = "Our servers are currently overloaded. Please try again later."
    return _json(503, {"error": {"code": code, "message": message}})


def unavailable(_marker: Marker, _limits: Limits) -> Fault:
    """A plain 503."""
    return Fault(503, b"upstream connect error", content_type="text/plain")


def too_large(_marker: Marker, _limits: Limits) -> Fault:
    """413."""
    return _json(413, {"detail": "Request body too large"})


def bad_gateway(marker: Marker, _: Limits) -> Fault:
    """A page of a gateway, 502 unless ``status`` says otherwise."""
    status = marker.count("status", 502)
    return Fault(status, _PAGE % status, content_type="text/html")


def policy(marker: Marker, _: Limits) -> Fault:
    """400 that names a policy in its code."""
    code = marker.text("code", "cyber_policy")
    message = "This request was refused by a simulated policy."
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return _json(400, {"error": error})


def redirect(marker: Marker, _: Limits) -> Fault:
    """302 to another host, which nobody should follow with a bearer."""
    return Fault(302, b"", {"Location": marker.text("to", "http://127.0.0.1:9/")}, "text/plain")


def echo_secret(_marker: Marker, _limits: Limits) -> Fault:
    """500 whose body quotes the caller's bearer."""
    return _json(500, {"detail": f"failed for Authorization: {AUTHORIZATION}"})


def _break(how: Break) -> FaultMaker:
    def make(_marker: Marker, _limits: Limits) -> Fault:
        return Fault(breaks=how)

    return make


def _refused(mode: str) -> FaultMaker:
    def make(_marker: Marker, _limits: Limits) -> Fault:
        return of_refusal(access_refusal(mode))

    return make


def of_refusal(refusal: RefusalError) -> Fault:
    """A refusal as the answer of a scenario."""
    return Fault(refusal.status, refusal.body, refusal.headers, refusal.content_type)


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Fault:
    return Fault(status, encode(body), headers or {})


FAULTS: dict[str, FaultMaker] = {
    "http": http,
    "usage_limit": usage_limit,
    "usage_not_included": usage_not_included,
    "rate_limited": rate_limited,
    "overloaded": overloaded,
    "unavailable": unavailable,
    "too_large": too_large,
    "bad_gateway": bad_gateway,
    "policy": policy,
    "redirect": redirect,
    "echo_secret": echo_secret,
    "close_early": _break(Break.CLOSE),
    "reset_early": _break(Break.RESET),
    "hang": _break(Break.HANG),
    **{mode: _refused(mode) for mode in MODES},
}
