"""What a simulator is told once, when it is built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codex2api.simulator.scenarios.rules import Rule

CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"

Consent = Literal["auto", "page", "deny", "no_seat"]
LimitShape = Literal["normal", "free", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """How one simulated ChatGPT behaves.

    Attributes:
        strict: Refuse the classic request shape for Lite models (404 ``Model not found``), as
            some live reports have it; lenient takes both shapes.
        plan: The plan of every account, as written in the tokens.
        plans: Other plans of some accounts, by their labels.
        token_seconds: Life of an access token.
        code_seconds: Life of an authorization code.
        client_id: The only OAuth client that is known.
        any_redirect_port: Take any port in the redirect address, not only 1455 and 1457.
        consent: What the authorize page does: redirect at once, show a button, or deny
            (``no_seat``: because the workspace has none).
        all_models: Also serve the older models that ChatGPT accounts no longer get.
        device_login: Whether device codes are offered.
        device_interval: Seconds between two polls, as announced.
        device_polls: Approve a device code by itself after that many polls; ``None`` waits for
            a person or an admin call.
        limits: Shape of the ``x-codex-*`` limit headers; ``free`` has one weekly window.
        full_output: Fill ``output`` of ``response.completed``, as the backend did until April
            2026.
        official_prompt: Demand instructions of that very text (the rule of 2025); ``None`` takes
            any.
        block_strangers: Answer requests that lack User-Agent, originator or account id with the
            Cloudflare page.
        clock_skew: Seconds that the ``Date`` of every answer is ahead of the real time.
        workspace_origin: ``workspace_backend_origin`` of ``/wham/accounts/check``; ``None`` is
            the address that was called.
        run: A word inside every id, so that ids of two runs differ.
        recorded_requests: How many requests are remembered.
        rules: The scenario file's entries.
    """

    strict: bool = True
    plan: str = "plus"
    plans: Mapping[str, str] = field(default_factory=dict)
    token_seconds: int = 864_000
    code_seconds: float = 300
    client_id: str = CLIENT_ID
    any_redirect_port: bool = False
    consent: Consent = "auto"
    all_models: bool = False
    device_login: bool = True
    device_interval: int = 5
    device_polls: int | None = None
    limits: LimitShape = "normal"
    full_output: bool = False
    official_prompt: str | None = None
    block_strangers: bool = False
    clock_skew: float = 0
    workspace_origin: str | None = None
    run: str = "sim"
    recorded_requests: int = 500
    rules: tuple[Rule, ...] = ()
