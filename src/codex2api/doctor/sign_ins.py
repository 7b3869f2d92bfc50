"""Who is signed in: what their tokens say, and what ChatGPT says to them."""

from collections.abc import Sequence
from dataclasses import replace

from codex2api.accounts.account import Account
from codex2api.accounts.limits import RateLimits
from codex2api.doctor.finding import Finding, Verdict, fine, problem, warning
from codex2api.doctor.subject import Subject
from codex2api.errors import ApiError, Kind
from codex2api.texts.said import N_, Said
from codex2api.upstream.limit_text import limit_text

_FIRST_LABEL = "default"
_SIGN_IN = (Kind.SIGN_IN_REQUIRED, Kind.CONSENT_REQUIRED, Kind.NO_ACCOUNT)
_SHOWN = 3
_DAY = 1440
"""Minutes."""


async def read_accounts(subject: Subject) -> tuple[Sequence[Account], list[Finding]]:
    """The accounts, and what there is to say of them without asking anybody."""
    try:
        accounts = await subject.accounts.accounts()
    except ApiError as error:
        return (), [_refused("account", error, None)]
    if not accounts:
        nobody = problem("account", N_("Nobody is signed in."), "codex2api login")
        return (), [replace(nobody, sign_in=True)]
    return accounts, [judge_tokens(account, subject.now()) for account in accounts]


def judge_tokens(account: Account, now: float) -> Finding:
    """What an account's tokens are worth, by themselves."""
    left = account.tokens.expires_at - now
    name, lasting = _name(account.label, account.plan), _lasting(abs(left))
    if account.tokens.refresh_token:
        text = (
            N_("Signed in: {name}; its token is good for {left}.")
            if left > 0
            else N_("Signed in: {name}; its token is refreshed when it is needed.")
        )
        return replace(fine("account", text, name=name, left=lasting), account=account.label)
    if left > 0:
        text = N_("{name} cannot be refreshed: it ends in {left}.")
        found = warning("account", text, _login(account.label), name=account.label, left=lasting)
        return replace(found, account=account.label)
    over = N_("The sign-in of {name} is over.")
    ended = problem("account", over, _login(account.label), name=account.label)
    return replace(ended, account=account.label, sign_in=True)


def _lasting(seconds: float) -> Said:
    """A length of time, two units at most."""
    minutes = max(1, round(seconds / 60))
    if minutes >= _DAY:
        values = {"d": minutes // _DAY, "h": minutes // 60 % 24}
        return Said(N_("{d} d {h} h"), values)
    if minutes >= 60:
        return Said(N_("{h} h {m} min"), {"h": minutes // 60, "m": minutes % 60})
    return Said(N_("{n} min"), {"n": minutes})


async def check_access(subject: Subject, account: Account) -> list[Finding]:
    """What ChatGPT lets an account use, asked now; refreshes its token where that is due."""
    try:
        credential = await subject.keeper.fresh(account)
        try:
            limits = await subject.usage(credential)
        except ApiError as error:
            if error.kind is not Kind.SIGN_IN_REQUIRED:
                raise
            credential = await subject.keeper.renew(account, credential)
            limits = await subject.usage(credential)
        models = await subject.models(credential)
    except ApiError as error:
        return [_refused("access", error, account.label)]
    plan = limits.plan or account.plan
    return [
        judge_models(account.label, plan, [spec.slug for spec in models.listed()]),
        judge_limits(account.label, plan, limits, subject.now()),
    ]


def judge_models(label: str, plan: str | None, names: Sequence[str]) -> Finding:
    """Whether there is anything to ask for."""
    if not names:
        text = N_("ChatGPT offers {name} no model.")
        remedy = N_("Check the plan at chatgpt.com; then: codex2api models")
        return replace(problem("access", text, remedy, name=_name(label, plan)), account=label)
    listed = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    text = N_("{name} can use {count} models: {models}")
    found = fine("access", text, name=_name(label, plan), count=len(names), models=listed)
    return replace(found, account=label)


def judge_limits(label: str, plan: str | None, limits: RateLimits, now: float) -> Finding:
    """How much of a plan is left."""
    own = [window for window in limits.windows if window.family == "codex"]
    if limits.reached or any(window.full for window in own):
        reason = limit_text(limits, plan, None, limits.refill(now), now)
        remedy = N_("Wait, or sign in another account: codex2api login --account LABEL")
        found = warning("limits", "{label}: {reason}", remedy, label=label, reason=reason)
        return replace(found, account=label)
    if not own:
        found = fine("limits", N_("{label}: no limits are reported."), label=label)
        return replace(found, account=label)
    used = ", ".join(f"{window.name} {window.use(now):.0f} %" for window in own)
    return replace(
        fine("limits", N_("{label}: of its limits is used: {used}"), label=label, used=used),
        account=label,
    )


def _refused(check: str, error: ApiError, label: str | None) -> Finding:
    name = label or _FIRST_LABEL
    about = Said("{label}: {reason}", {"label": name, "reason": error.message})
    if error.kind in _SIGN_IN:
        remedy = Said(_login(name))
        return Finding(check, Verdict.PROBLEM, about, remedy, label, sign_in=True)
    if error.kind is Kind.PLAN_LACKS_ACCESS:
        remedy = Said(N_("Look at the plan at chatgpt.com, or sign in another account: codex2api"
                         " login --account LABEL"))  # fmt: skip
        return Finding(check, Verdict.PROBLEM, about, remedy, label)
    if error.kind in (Kind.LIMIT_REACHED, Kind.RATE_LIMITED):
        return Finding(
            check, Verdict.WARNING, about, Said(N_("Wait, then: codex2api status")), label
        )
    remedy = Said(N_("Try again: codex2api doctor"))
    return Finding(check, Verdict.PROBLEM, about, remedy, label)


def _name(label: str, plan: str | None) -> str:
    return f"{label} ({plan})" if plan else label


def _login(label: str) -> str:
    return "codex2api login" + ("" if label == _FIRST_LABEL else f" --account {label}")
