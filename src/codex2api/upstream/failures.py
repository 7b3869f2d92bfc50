"""Every way the backend says no, as an ``ApiError`` (protocol sheet, sections 2.3, 3.7 and 4.1).

What is asked first matters: what a text says about capacity outranks a misleading code, a known
name outranks the status, and a page of HTML never reaches the caller.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from codex2api.accounts.limits import RateLimits
from codex2api.catalog.models import Catalog
from codex2api.errors import ApiError, Kind
from codex2api.protocol.answered import AnsweredError, limit_headers
from codex2api.protocol.events import ErrorSeen, Failed
from codex2api.upstream.complaint import Complaint, from_fields, read_answer
from codex2api.upstream.limit_text import limit_text
from codex2api.upstream.redact import redact

_NAMED = {
    "usage_limit_reached": Kind.LIMIT_REACHED,
    "insufficient_quota": Kind.LIMIT_REACHED,
    "usage_not_included": Kind.PLAN_LACKS_ACCESS,
    "deactivated_workspace": Kind.PLAN_LACKS_ACCESS,
    "rate_limit_exceeded": Kind.RATE_LIMITED,
    "context_length_exceeded": Kind.CONTEXT_TOO_LONG,
    "invalid_encrypted_content": Kind.FOREIGN_REASONING,
    "invalid_prompt": Kind.BAD_REQUEST,
    "cyber_policy": Kind.CONTENT_POLICY,
    "bio_policy": Kind.CONTENT_POLICY,
    "misalignment_policy_violation": Kind.CONTENT_POLICY,
    "content_policy_violation": Kind.CONTENT_POLICY,
    "server_is_overloaded": Kind.OVERLOADED,
    "slow_down": Kind.OVERLOADED,
    "overloaded_error": Kind.OVERLOADED,
    "model_not_found": Kind.MODEL_NOT_FOUND,
    "token_invalidated": Kind.SIGN_IN_REQUIRED,
    "token_expired": Kind.SIGN_IN_REQUIRED,
    "token_revoked": Kind.SIGN_IN_REQUIRED,
    "invalid_workspace_selected": Kind.SIGN_IN_REQUIRED,
}

_BY_STATUS = {
    400: Kind.BAD_REQUEST,
    401: Kind.SIGN_IN_REQUIRED,
    402: Kind.PLAN_LACKS_ACCESS,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    408: Kind.UPSTREAM_TIMEOUT,
    413: Kind.BODY_TOO_LARGE,
    422: Kind.BAD_REQUEST,
    429: Kind.RATE_LIMITED,
    529: Kind.OVERLOADED,
}

_CAPACITY = re.compile(
    r"\bat capacity\b|currently overloaded|experiencing high demand", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"^model not found\b|model is not supported when using codex with a chatgpt account",
    re.IGNORECASE,
)
_CONTEXT = re.compile(r"exceeds the context window", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"^(?:unsupported|unknown) parameter: '?([\w.\[\]]+)", re.IGNORECASE)
_TRY_AGAIN = re.compile(
    r"try again in\s+(\d+(?:\.\d+)?)\s*(ms|milliseconds|seconds|s|m)", re.IGNORECASE
)
_SECONDS = {"ms": 0.001, "milliseconds": 0.001, "s": 1.0, "seconds": 1.0, "m": 60.0}

_CLOUDFLARE = re.compile(r"cloudflare|just a moment|attention required", re.IGNORECASE)

BLOCKED = (
    "ChatGPT's front door (Cloudflare) turned this request away. Usual reasons are the network "
    "address (VPN, data centre) or an outdated backend.clientVersion; the sign-in is not affected."
)

_OWN_WORDS = {
    Kind.OVERLOADED: "ChatGPT is overloaded at the moment. Try again a little later.",
    Kind.SIGN_IN_REQUIRED: (
        "ChatGPT no longer accepts this sign-in. Run 'codex2api login' to sign in again."
    ),
    Kind.CONTEXT_TOO_LONG: (
        "The input is longer than the context window of this model. "
        "Shorten the conversation, or take a model with a larger one (`codex2api models`)."
    ),
    Kind.FOREIGN_REASONING: "The encrypted reasoning in the input is not of this account.",
    Kind.CONTENT_POLICY: "ChatGPT refused this request under its usage policy.",
    Kind.PLAN_LACKS_ACCESS: (
        "This ChatGPT plan does not include Codex usage. "
        "See your plan at chatgpt.com, or sign in with another account."
    ),
    Kind.FORBIDDEN: "ChatGPT does not allow this account to do that.",
    Kind.RATE_LIMITED: (
        "ChatGPT is receiving requests from this account too fast. "
        "Send fewer at once, or wait a moment."
    ),
    Kind.BODY_TOO_LARGE: "The request is too large for ChatGPT.",
    Kind.NOT_FOUND: "ChatGPT does not know what was asked for.",
    Kind.BAD_REQUEST: "ChatGPT did not accept the request.",
    Kind.UPSTREAM_TIMEOUT: "ChatGPT took too long to answer.",
}

_QUOTED = {Kind.BAD_REQUEST, Kind.CONTENT_POLICY, Kind.NOT_FOUND, Kind.FORBIDDEN}
"""Kinds whose upstream text helps the caller; the rest are said better in our own words."""

_FAR_AWAY = 366 * 86400.0
"""Seconds; no window is longer, so what claims to be is a mistake."""

_CODED = _QUOTED | {Kind.PLAN_LACKS_ACCESS}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an error message can draw on.

    Attributes:
        now: Unix seconds.
        limits: Last heard from the same answer.
        secrets: To be hidden wherever the backend quotes them.
    """

    now: float
    model: str = ""
    catalog: Catalog = field(default_factory=lambda: Catalog(()))
    limits: RateLimits = field(default_factory=RateLimits)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def from_answer(
    status: int, headers: Mapping[str, str], body: bytes, about: Circumstances
) -> ApiError:
    """The error in an HTTP answer other than 200; ``headers`` have lower-case names."""
    error = to_error(read_answer(status, headers, body), about)
    return AnsweredError.of(error, headers) if limit_headers(headers) else error


def from_event(
    event: Failed | ErrorSeen, headers: Mapping[str, str], about: Circumstances
) -> ApiError:
    """The error in a failure event, inside HTTP 200."""
    return to_error(complaint_of(event, headers), about)


def complaint_of(event: Failed | ErrorSeen, headers: Mapping[str, str]) -> Complaint:
    """What a failure event says."""
    if isinstance(event, Failed):
        fields = event.response.error or {}
    else:
        fields = event.error or {
            "code": event.code,
            "message": event.message,
            "param": event.param,
        }
    return from_fields({"error": fields} if fields else {}, None, headers)


def to_error(complaint: Complaint, about: Circumstances) -> ApiError:
    """Classify, then say it so that a person knows what to do."""
    kind = classify(complaint)
    match kind:
        case Kind.UPSTREAM_BLOCKED:
            return ApiError(kind, BLOCKED)
        case Kind.LIMIT_REACHED:
            return _limit(complaint, about)
        case Kind.MODEL_NOT_FOUND:
            return about.catalog.unknown(about.model)
        case Kind.UPSTREAM_UNAVAILABLE:
            return ApiError(kind, _unavailable(complaint, about))
    return ApiError(
        kind,
        _message(kind, complaint, about),
        param=param_of(complaint, about),
        code=_code(kind, complaint, about),
        retry_after=retry_after(complaint, about.now),
    )


def classify(complaint: Complaint) -> Kind:
    """What went wrong."""
    if complaint.page is not None:
        return _classify_page(complaint)
    text = complaint.message
    if _CAPACITY.search(text):
        return Kind.OVERLOADED
    named = next((_NAMED[name] for name in complaint.names if name in _NAMED), None)
    if named is not None:
        return named
    if _NO_MODEL.search(text):
        return Kind.MODEL_NOT_FOUND
    if _CONTEXT.search(text):
        return Kind.CONTEXT_TOO_LONG
    return _classify_status(complaint)


def _classify_status(complaint: Complaint) -> Kind:
    status = complaint.status
    if status == 429 and _says_full(complaint.headers):
        return Kind.LIMIT_REACHED
    if status is not None:
        return _BY_STATUS.get(status, _by_class(status))
    refused = "invalid_request_error" in complaint.names or complaint.param
    return Kind.BAD_REQUEST if refused else Kind.UPSTREAM_UNAVAILABLE


def _says_full(headers: Mapping[str, str]) -> bool:
    """Whether the limit headers tell what the body of a 429 does not."""
    limits = RateLimits.from_headers(headers, 0)
    return bool(limits.reached) or any(
        window.full for window in limits.windows if window.family == "codex"
    )


def _by_class(status: int) -> Kind:
    return Kind.BAD_REQUEST if 400 <= status < 500 else Kind.UPSTREAM_UNAVAILABLE


def _classify_page(complaint: Complaint) -> Kind:
    status, page = complaint.status or 0, complaint.page or ""
    challenged = "cf-mitigated" in complaint.headers
    if challenged or (status in (403, 429, 503) and _CLOUDFLARE.search(page)):
        return Kind.UPSTREAM_BLOCKED
    named = next((_NAMED[name] for name in complaint.names if name in _NAMED), None)
    if named is not None:
        return named
    if status == 403 and "<html" in page.lower():
        return Kind.UPSTREAM_BLOCKED
    return _classify_status(complaint)


def _limit(complaint: Complaint, about: Circumstances) -> ApiError:
    limits = about.limits.updated(RateLimits.from_headers(complaint.headers, about.now), about.now)
    refill = _resets_at(complaint, about.now) or limits.refill(about.now)
    if refill is not None and refill > about.now + _FAR_AWAY:
        refill = None
    plan = complaint.fields.get("plan_type")
    plan = plan if isinstance(plan, str) else None
    reached = complaint.headers.get("x-codex-rate-limit-reached-type")
    again = partial(limit_text, limits, plan, reached, refill)
    return ApiError(
        Kind.LIMIT_REACHED,
        again(about.now),
        retry_after=None if refill is None else max(0.0, refill - about.now),
        again=again,
    )


def _resets_at(complaint: Complaint, now: float) -> float | None:
    seconds = _number(complaint.fields.get("resets_in_seconds"))
    if seconds is not None:
        return now + seconds
    return _number(complaint.fields.get("resets_at"))


def retry_after(complaint: Complaint, now: float) -> float | None:
    """Seconds until it is worth trying again, if that is said."""
    if match := _TRY_AGAIN.search(complaint.message):
        return float(match[1]) * _SECONDS[match[2].lower()]
    header = _number(complaint.headers.get("retry-after"))
    resets_at = _resets_at(complaint, now)
    return header if header is not None or resets_at is None else max(0.0, resets_at - now)


def _message(kind: Kind, complaint: Complaint, about: Circumstances) -> str:
    said = redact(complaint.message, *about.secrets)
    if kind in _QUOTED and said:
        return said
    if "deactivated_workspace" in complaint.names:
        return "This ChatGPT workspace has been deactivated."
    if "invalid_workspace_selected" in complaint.names:
        return (
            "The sign-in does not belong to this ChatGPT workspace. "
            "Run 'codex2api login' to sign in again."
        )
    return _OWN_WORDS[kind]


def _unavailable(complaint: Complaint, about: Circumstances) -> str:
    if complaint.status is not None:
        if 300 <= complaint.status < 400:
            return "ChatGPT answered with a redirect, which is never followed."
        return f"ChatGPT answered with an error of its own (HTTP {complaint.status})."
    said = redact(complaint.message, *about.secrets)
    return f"ChatGPT failed while answering: {said}" if said else "ChatGPT failed while answering."


def param_of(complaint: Complaint, about: Circumstances) -> str | None:
    """The parameter at fault, if it is named."""
    if complaint.param:
        return redact(complaint.param, *about.secrets)[:100]
    match = _UNSUPPORTED.search(complaint.message)
    return match[1] if match else None


def _code(kind: Kind, complaint: Complaint, about: Circumstances) -> str | None:
    """The backend's own code where it says more than the kind's."""
    if kind in _CODED:
        if complaint.code:
            return redact(complaint.code, *about.secrets)[:100]
        if _UNSUPPORTED.search(complaint.message):
            return "unsupported_parameter"
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None
