"""How the public API says no to these accounts."""

from typing import Any

from codex2api.simulator.backend.refusal import RefusalError

ERRORS: dict[str, tuple[int, str]] = {
    "usage_limit": (429, "subscription_sharing_usage_limit_exceeded"),
    "not_eligible": (403, "subscription_sharing_user_not_eligible"),
    "route": (403, "subscription_sharing_route_not_supported"),
    "capability": (400, "subscription_sharing_unsupported_capability"),
    "invalid_user": (401, "subscription_sharing_invalid_user"),
    "usage_unavailable": (503, "subscription_sharing_usage_unavailable"),
    "user_unavailable": (503, "subscription_sharing_user_unavailable"),
    "scope": (403, "chatpass_v2_scope_not_authorized"),
    "context": (403, "chatpass_v2_invalid_authorization_context"),
    "invalid_token": (401, "invalid_token"),
}
"""Faults of the API: the status and the code of each."""


def refusal(mode: str) -> RefusalError:
    """The answer for one of ``ERRORS``."""
    status, code = ERRORS[mode]
    if mode == "invalid_token":
        return RefusalError(status, {"detail": {"error_code": code}})
    error: dict[str, Any] = {"message": "Simulated.", "type": "request_error", "code": code}
    return RefusalError(status, {"error": error | ({"param": "tools"} if status == 400 else {})})
