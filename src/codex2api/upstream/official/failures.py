"""Every way the public API says no to these accounts, as an ``ApiError``.

What is particular to them has names of its own (OpenAI's page "Errors and recovery", read
2026-11-26); all else is said as anywhere at OpenAI.
"""

from collections.abc import Mapping
from dataclasses import replace

from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ErrorSeen, Failed
from codex2api.upstream import failures
from codex2api.upstream.broken import PassingError
from codex2api.upstream.complaint import Complaint, read_answer
from codex2api.upstream.failures import Circumstances

_SETTINGS = "https://chatgpt.com/settings/usage"

LIMIT = (
    "The usage limit of this ChatGPT sign-in is reached: the plan's own, or the one that was set "
    "for this app. The answer does not say which, nor when there is room again; "
    f"{_SETTINGS} does."
)

_NAMED: dict[str, tuple[Kind, str]] = {
    "subscription_sharing_usage_limit_exceeded": (Kind.LIMIT_REACHED, LIMIT),
    "subscription_sharing_user_not_eligible": (
        Kind.PLAN_LACKS_ACCESS,
        (
            "This ChatGPT account is not eligible for the use of its plan by other programs: "
            "OpenAI offers that to Plus and Pro."
        ),
    ),
    "subscription_sharing_route_not_supported": (
        Kind.NOT_SUPPORTED,
        "OpenAI's official sign-in does not offer this.",
    ),
    "subscription_sharing_unsupported_capability": (
        Kind.BAD_REQUEST,
        "OpenAI's official sign-in does not offer what this request asks for.",
    ),
    "subscription_sharing_invalid_user": (
        Kind.SIGN_IN_REQUIRED,
        (
            "ChatGPT no longer accepts this sign-in. Run 'codex2api login --official' to sign in "
            "again."
        ),
    ),
    "chatpass_v2_invalid_authorization_context": (
        Kind.SIGN_IN_REQUIRED,
        (
            "ChatGPT does not accept the circumstances of this sign-in. Run 'codex2api login "
            "--official' to sign in again."
        ),
    ),
    "chatpass_v2_scope_not_authorized": (
        Kind.CONSENT_REQUIRED,
        (
            "This ChatGPT sign-in may not use the plan. Run 'codex2api login --official' and allow "
            "the use of the plan on OpenAI's page."
        ),
    ),
    "subscription_sharing_usage_unavailable": (
        Kind.UPSTREAM_UNAVAILABLE,
        "ChatGPT cannot tell at the moment whether the plan has room. Try again a little later.",
    ),
    "subscription_sharing_user_unavailable": (
        Kind.UPSTREAM_UNAVAILABLE,
        "ChatGPT cannot find the account at the moment. Try again a little later.",
    ),
    "invalid_token": (
        Kind.SIGN_IN_REQUIRED,
        "ChatGPT does not accept this sign-in's access token.",
    ),
}


def from_answer(
    status: int, headers: Mapping[str, str], body: bytes, about: Circumstances
) -> ApiError:
    """The error in an HTTP answer other than 200; a ``PassingError`` if it may be over soon."""
    complaint = read_answer(status, headers, body)
    code = complaint.fields.get("error_code")  # {"detail": {"error_code": "invalid_token"}}
    if isinstance(code, str):
        complaint = replace(complaint, names=(*complaint.names, code))
    return _said(complaint, about) or failures.to_error(complaint, about)


def from_event(
    event: Failed | ErrorSeen, headers: Mapping[str, str], about: Circumstances
) -> ApiError:
    """The error in a failure event, inside HTTP 200."""
    complaint = failures.complaint_of(event, headers)
    return _said(complaint, about) or failures.to_error(complaint, about)


def _said(complaint: Complaint, about: Circumstances) -> ApiError | None:
    name = next((name for name in complaint.names if name in _NAMED), None)
    if name is None:
        return None
    kind, words = _NAMED[name]
    if kind is Kind.UPSTREAM_UNAVAILABLE and complaint.status is not None:
        return PassingError(kind, words)
    asked_for = kind is Kind.BAD_REQUEST
    return ApiError(
        kind,
        words,
        param=failures.param_of(complaint, about) if asked_for else None,
        code=name if asked_for else None,
        retry_after=failures.retry_after(complaint, about.now),
    )
