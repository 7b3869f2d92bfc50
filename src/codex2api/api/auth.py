"""Signing in and out over HTTP (contract, section 3)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from codex2api.accounts.account import LABEL, Account, AccountKind
from codex2api.accounts.limits import Window
from codex2api.accounts.pool import AccountPool, AccountState
from codex2api.auth.login import SignIn
from codex2api.auth.pending import Stage
from codex2api.auth.started import SignInStatus

Label = Annotated[str, Field(pattern=rf"^{LABEL}$")]
"""Of an account."""


class LoginWish(BaseModel):
    """How to sign in.

    Attributes:
        account: The label that the account will have here; without one it is ``default``, or the
            kind's name if an account of another kind is called so.
        replace: Let another ChatGPT account take the label over.
        official: Use OpenAI's documented sign-in for open-source apps, or (false) that of Codex;
            without a word it is the one that the owner has chosen.
        open_browser: Show the page on the server's own machine, where it may do so.
    """

    account: Label | None = None
    replace: bool = False
    official: bool | None = None
    open_browser: bool = True

    def kind(self, usual: AccountKind) -> AccountKind:
        """Which of OpenAI's sign-ins."""
        if self.official is None:
            return usual
        return AccountKind.OFFICIAL if self.official else AccountKind.CODEX


class DeviceWish(BaseModel):
    """How to sign in with a code; only Codex' sign-in knows such codes.

    Attributes:
        account: The label that the account will have here.
        replace: Let another ChatGPT account take the label over.
    """

    account: Label = "default"
    replace: bool = False


class LoginStarted(BaseModel):
    """A sign-in that waits for its person.

    Attributes:
        expires_in: Seconds.
    """

    authorization_url: str
    state: str
    redirect_uri: str
    expires_in: int
    instructions: str


class Pasted(BaseModel):
    """What the browser came back with: the address, or code and state."""

    url: Annotated[str | None, Field(max_length=16_384)] = None
    code: Annotated[str | None, Field(max_length=8_192)] = None
    state: Annotated[str | None, Field(max_length=1_024)] = None


class LoginProgress(BaseModel):
    """How far a sign-in has come.

    Attributes:
        message: Why it failed.
    """

    status: Stage
    account: str
    plan: str | None = None
    message: str | None = None


class DeviceStarted(BaseModel):
    """A device code that waits for its person.

    Attributes:
        interval: Seconds between two looks at ``GET /auth/device/{id}`` that make sense.
    """

    id: str
    user_code: str
    verification_url: str
    expires_in: int
    interval: float


class LimitWindow(BaseModel):
    """One limit window of the plan; percentages are of use, not of what is left."""

    name: str
    minutes: int
    family: str
    used_percent: float
    resets_at: datetime | None
    as_of: datetime


class AccountReport(BaseModel):
    """An account as it stands. Its e-mail address stays with the command line.

    Attributes:
        kind: Which of OpenAI's sign-ins it came by: ``codex`` or ``official``.
        limits_reported: Whether ChatGPT tells how much of the plan is used. If it does not, no
            windows mean that nothing is known, and not that nothing is used.
    """

    account: str
    kind: AccountKind
    limits_reported: bool
    account_id: str
    plan: str | None
    state: str
    reason: str | None
    until: datetime | None
    token_expires_at: datetime | None
    windows: list[LimitWindow]


class AuthStatus(BaseModel):
    """Who is signed in."""

    signed_in: bool
    accounts: list[AccountReport]


class LogoutWish(BaseModel):
    """Whom to sign out."""

    account: Label = "default"
    all: bool = False


class LoggedOut(BaseModel):
    """Who was signed out, and for whom the sign-in service confirmed it."""

    accounts: list[str]
    revoked: list[str]


def auth_router(
    sign_in: SignIn,
    pool: AccountPool,
    *,
    usual: Callable[[], AccountKind] = lambda: AccountKind.CODEX,
    local_browser: bool = True,
) -> APIRouter:
    """Routes under ``/auth``.

    Args:
        sign_in: Does it.
        pool: Knows how the accounts stand.
        usual: Which of OpenAI's sign-ins is meant where none is named.
        local_browser: Whether the server may open a browser on its own machine.
    """
    router = APIRouter(prefix="/auth", tags=["auth"])

    @router.post("/login")
    async def login(wish: Annotated[LoginWish | None, Body()] = None) -> LoginStarted:
        wish = wish or LoginWish()
        started = await sign_in.start(
            wish.account,
            kind=wish.kind(usual()),
            open_browser=local_browser and wish.open_browser,
            replace=wish.replace,
        )
        return LoginStarted(
            authorization_url=started.authorization_url,
            state=started.state,
            redirect_uri=started.redirect_uri,
            expires_in=started.expires_in,
            instructions=started.instructions,
        )

    @router.get("/login/{state}")
    async def login_progress(state: str) -> LoginProgress:
        return _progress(sign_in.status(state))

    @router.post("/callback")
    async def callback(pasted: Pasted) -> LoginProgress:
        account = await sign_in.complete(pasted.url, code=pasted.code, state=pasted.state)
        return _signed_in(account)

    @router.post("/device")
    async def device(wish: Annotated[DeviceWish | None, Body()] = None) -> DeviceStarted:
        wish = wish or DeviceWish()
        started = await sign_in.start_device(wish.account, replace=wish.replace)
        return DeviceStarted(
            id=started.id,
            user_code=started.user_code,
            verification_url=started.verification_url,
            expires_in=started.expires_in,
            interval=started.interval,
        )

    @router.get("/device/{device_id}")
    async def device_progress(device_id: str) -> LoginProgress:
        return _progress(sign_in.status(device_id))

    @router.get("/status")
    async def status() -> AuthStatus:
        reports = [_report(state) for state in await pool.overview()]
        return AuthStatus(signed_in=bool(reports), accounts=reports)

    @router.post("/logout")
    async def logout(wish: Annotated[LogoutWish | None, Body()] = None) -> LoggedOut:
        wish = wish or LogoutWish()
        known = [state.label for state in await pool.overview()] if wish.all else [wish.account]
        revoked = [label for label in known if await sign_in.logout(label)]
        return LoggedOut(accounts=known, revoked=revoked)

    return router


def _progress(status: SignInStatus) -> LoginProgress:
    return LoginProgress(
        status=status.status, account=status.label, plan=status.plan, message=status.message
    )


def _signed_in(account: Account) -> LoginProgress:
    return LoginProgress(status=Stage.SIGNED_IN, account=account.label, plan=account.plan)


def _report(state: AccountState) -> AccountReport:
    return AccountReport(
        account=state.label,
        kind=state.kind,
        limits_reported=state.kind.tells_limits,
        account_id=state.account_id,
        plan=state.plan,
        state=state.state,
        reason=state.reason,
        until=_moment(state.until),
        token_expires_at=_moment(state.expires_at),
        windows=[_window(window) for window in state.limits.windows],
    )


def _window(window: Window) -> LimitWindow:
    return LimitWindow(
        name=window.name,
        minutes=window.minutes,
        family=window.family,
        used_percent=window.used_percent,
        resets_at=_moment(window.resets_at),
        as_of=datetime.fromtimestamp(window.as_of, UTC),
    )


def _moment(seconds: float | None) -> datetime | None:
    """A time for people and programs; nonsense from a hand-edited file is left out."""
    if seconds is None or not 0 < seconds < 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)
