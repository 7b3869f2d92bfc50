"""The accounts as ``status`` shows them: of the files, the running server, or ChatGPT itself."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codex2api.cli.gauges import AccountLine, Gauge
from codex2api.cli.terminal import command_logs

if TYPE_CHECKING:
    from codex2api.accounts.account import Account
    from codex2api.accounts.limits import RateLimits
    from codex2api.cli.server.running import RunningServer
    from codex2api.cli.signing import SigningDesk
    from codex2api.settings import Settings


async def known(settings: "Settings", server: "RunningServer | None") -> list[AccountLine]:
    """The accounts of the store, with what a running server says about them.

    Raises:
        ApiError: The store cannot be read.
    """
    # No HTTP stack here: it would cost a quarter of a second.
    from codex2api.cli.accounts import account_store

    command_logs()
    reports = _reports(server)
    async with account_store(settings) as store:
        accounts = await store.accounts()
    return [reported(account, reports.get(account.label, {})) for account in accounts]


async def refreshed(settings: "Settings") -> list[AccountLine]:
    """The accounts of the store, with what ChatGPT says about them now.

    Raises:
        ApiError: ChatGPT did not tell.
    """
    from codex2api.cli.signing import signing_desk

    async with signing_desk(settings) as desk:
        return [await _asked(desk, account) for account in await desk.store.accounts()]


async def _asked(desk: "SigningDesk", account: "Account") -> AccountLine:
    """An account with its limits as ChatGPT tells them now."""
    from codex2api.errors import ApiError, Kind

    try:
        credential = await desk.keeper.fresh(account)
        try:
            limits = await desk.usage.usage(credential)
        except ApiError as error:
            if error.kind is not Kind.SIGN_IN_REQUIRED:
                raise
            limits = await desk.usage.usage(await desk.keeper.renew(account, credential))
    except ApiError as error:
        if error.kind not in (Kind.SIGN_IN_REQUIRED, Kind.CONSENT_REQUIRED):
            raise
        return _line(account, state=error.kind.value, reason=error.message)
    return _limited(account, limits)


def _limited(account: "Account", limits: "RateLimits") -> AccountLine:
    now = time.time()
    full = limits.reached or any(
        window.full for window in limits.windows if window.family == "codex"
    )
    refill = limits.refill(now)
    return _line(
        account,
        plan=limits.plan,
        state="limited" if full else "active",
        until=_moment(refill) if full and refill else None,
        gauges=tuple(
            Gauge(
                window.name,
                window.minutes,
                window.used_percent,
                _moment(window.resets_at),
                datetime.fromtimestamp(window.as_of, UTC),
                window.family,
            )
            for window in limits.windows
        ),
    )


def reported(account: "Account", report: dict[str, Any]) -> AccountLine:
    """An account as the running server sees it; without one, as its file does."""
    return _line(
        account,
        plan=report.get("plan"),
        state=report.get("state") or _untold(account),
        reason=report.get("reason"),
        until=_parsed(report.get("until")),
        gauges=tuple(
            Gauge(
                window["name"],
                window["minutes"],
                window["used_percent"],
                _parsed(window["resets_at"]),
                datetime.fromisoformat(window["as_of"]),
                window["family"],
            )
            for window in report.get("windows", ())
        ),
    )


def _line(account: "Account", *, plan: str | None = None, state: str, **known: Any) -> AccountLine:
    gauges: tuple[Gauge, ...] = known.get("gauges", ())
    empty = _empty_until(gauges) if state == "active" else None
    return AccountLine(
        label=account.label,
        name=account.email or account.account_id,
        plan=plan or account.plan,
        state="limited" if empty else state,
        reason=known.get("reason"),
        until=empty or known.get("until"),
        token_expires_at=_moment(account.tokens.expires_at),
        gauges=gauges,
        id=account.account_id,
        email=account.email,
        kind=account.kind,
        limits_reported=account.kind.tells_limits,
    )


def _empty_until(gauges: tuple[Gauge, ...]) -> datetime | None:
    """When the last window refills that is empty: the server only says so once it was refused."""
    now = datetime.now(UTC)
    return max(
        (
            gauge.resets_at
            for gauge in gauges
            if gauge.family == "codex" and gauge.resets_at and gauge.used(now) >= 100
        ),
        default=None,
    )


def _untold(account: "Account") -> str:
    """How an account stands as far as its file tells."""
    if account.paused:
        return "paused"
    return "active" if account.tokens.plan_use else "consent_required"


def _reports(server: "RunningServer | None") -> dict[str, dict[str, Any]]:
    answer = server.ask("/auth/status") if server else None
    accounts = answer.get("accounts", []) if isinstance(answer, dict) else []
    return {report["account"]: report for report in accounts}


def _moment(seconds: float | None) -> datetime | None:
    if seconds is None or not 0 < seconds < 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _parsed(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
