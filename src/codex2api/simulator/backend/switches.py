"""How the backend is told to refuse whoever asks."""

from dataclasses import dataclass

from codex2api.simulator.backend.refusal import RefusalError, cloudflare

MODES = (
    "unauthorized",
    "token_expired",
    "token_invalidated",
    "token_revoked",
    "deactivated_workspace",
    "cloudflare",
)

_TOKEN_MESSAGES = {
    "token_expired": "Provided authentication token is expired. Please try signing in again.",
    "token_invalidated": (
        "Your authentication token has been invalidated. Please try signing in again."
    ),
    "token_revoked": "Your authentication token has been revoked. Please try signing in again.",
}


def access_refusal(mode: str) -> RefusalError:
    """The answer for one of ``MODES``."""
    if mode in _TOKEN_MESSAGES:
        error = {
            "message": _TOKEN_MESSAGES[mode],
            "type": "invalid_request_error",
            "code": mode,
            "param": None,
        }
        return RefusalError(401, {"error": error, "status": 401})
    if mode == "cloudflare":
        return cloudflare()
    if mode == "deactivated_workspace":
        return RefusalError(402, {"detail": {"code": "deactivated_workspace"}})
    return RefusalError(401, {"detail": "Unauthorized"})


@dataclass(slots=True)
class BackendSwitches:
    """The refusal in force for every backend route.

    Attributes:
        mode: One of ``MODES``, or ``None``.
        times: How many requests it still hits; ``None`` is all.
        models_fail: Whether ``/codex/models`` answers 500.
        models_delay: Seconds that ``/codex/models`` takes at least.
    """

    mode: str | None = None
    times: int | None = None
    models_fail: bool = False
    models_delay: float = 0.0

    def take(self) -> str | None:
        """The refusal of this request, counting it."""
        if self.mode is None or self.times == 0:
            return None
        if self.times is not None:
            self.times -= 1
        return self.mode
