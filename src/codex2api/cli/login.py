"""``codex2api login``: sign in with ChatGPT."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex2api.cli.terminal import Exit, fail, hint, run_async, say, settings_from
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from codex2api.accounts.account import Account, AccountKind
    from codex2api.auth.login import SignIn
    from codex2api.cli.signing import SigningDesk
    from codex2api.settings import Settings


@dataclass(frozen=True, slots=True)
class _Wish:
    """The options that say how to sign in.

    Attributes:
        label: What the account will be called; ``None`` if that was not said.
        kind: ``official`` or ``codex``; ``None`` if that was not said either.
    """

    label: str | None
    kind: str | None
    replace: bool
    device: bool
    paste: bool
    file: Path | None
    browser: bool
    wait: float


@click.command(help=_("Sign in with ChatGPT."))
@click.option(
    "--official",
    "kind",
    flag_value="official",
    help=_("With OpenAI's documented sign-in for open-source apps."),
)
@click.option("--codex", "kind", flag_value="codex", help=_("With the sign-in of Codex."))
@click.option("--device", is_flag=True, help=_("With a code that you type on any other device."))
@click.option("--paste", is_flag=True, help=_("With a browser elsewhere: paste its last address."))
@click.option(
    "--import",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=_("From auth.json of Codex or ChatMock, or a tokens.json."),
)
@click.option("--account", "label", metavar="LABEL", help=_("Name of the account."))
@click.option("--no-browser", is_flag=True, help=_("Only show the address."))
@click.option("--force", is_flag=True, help=_("Replace another account of that name."))
@click.option("--wait", type=click.FloatRange(1, 3600), help=_("Seconds to wait for the browser."))
@click.pass_context
def command(
    ctx: click.Context,
    /,
    device: bool,
    paste: bool,
    file: Path | None,
    no_browser: bool,
    force: bool,
    wait: float | None,
    **account: str | None,
) -> None:
    """Sign in (the help is above: a docstring is not translated)."""
    if device + paste + (file is not None) > 1:
        raise click.UsageError(_("--device, --paste and --import exclude each other."))
    if device and account["kind"] == "official":
        raise click.UsageError(_("The official sign-in knows no device codes; use --paste."))
    settings = settings_from(ctx)
    wish = _Wish(
        label=account["label"],
        kind=account["kind"],
        replace=force,
        device=device,
        paste=paste,
        file=file,
        browser=not no_browser,
        wait=settings.oauth.wait_seconds if wait is None else wait,
    )
    _tell(run_async(_login(settings, wish)))


def _tell(account: "Account") -> None:
    plan = f" ({account.plan})" if account.plan else ""
    who = f"{account.email or account.account_id}{plan}"
    if account.label != "default":
        who = _("{who} as '{label}'").format(who=who, label=account.label)
    if account.kind != "codex":
        who = _("{who}, by the {kind} sign-in").format(who=who, kind=_(account.kind))
    click.echo(_("Signed in: {who}").format(who=who))
    hint(_("Next: codex2api serve"))


async def _login(settings: "Settings", wish: _Wish) -> "Account":
    from codex2api.cli.direct import exit_code
    from codex2api.cli.signing import signing_desk
    from codex2api.errors import ApiError

    try:
        async with signing_desk(settings) as desk:
            return await _sign_in(settings, desk, wish)
    except ApiError as error:
        # Here nobody is signed in yet: only an issuer out of reach has an exit code of its own.
        code = exit_code(error)
        fail(error.message, code if code is Exit.UNREACHABLE else Exit.FAILED)


async def _sign_in(settings: "Settings", desk: "SigningDesk", wish: _Wish) -> "Account":
    from codex2api.accounts.account import AccountKind
    from codex2api.cli.kind import usual_kind

    if wish.file is not None:
        return await _by_file(desk.sign_in, wish, wish.file)
    if wish.device:
        return await _by_device(desk.sign_in, wish)
    kind = AccountKind(wish.kind) if wish.kind else await usual_kind(settings, desk)
    if wish.paste:
        return await _by_paste(desk.sign_in, wish, kind)
    return await _by_browser(desk.sign_in, wish, kind)


async def _by_file(sign_in: "SignIn", wish: _Wish, file: Path) -> "Account":
    from codex2api.auth.started import ImportedTokens
    from codex2api.store.foreign import read_foreign

    found = read_foreign(file)
    if found.official is not None:
        return await sign_in.take_over(found.official, wish.label, replace=wish.replace)
    account = await sign_in.adopt(
        ImportedTokens(
            access_token=found.access_token,
            refresh_token=found.refresh_token,
            id_token=found.id_token,
            account_id=found.account_id,
            expires_at=found.expires_at,
        ),
        wish.label or "default",
        replace=wish.replace,
    )
    if found.shared:
        say(
            _(
                "Warning: the program that keeps this file and codex2api now share one refresh "
                "token, which works once. Whichever refreshes first logs the other out. "
                "`codex2api login` gives codex2api a sign-in of its own."
            )
        )
    return account


async def _by_device(sign_in: "SignIn", wish: _Wish) -> "Account":
    started = await sign_in.start_device(wish.label or "default", replace=wish.replace)
    minutes = max(1, started.expires_in // 60)
    say(_("  1. Open   {url}").format(url=started.verification_url))
    say(
        _("  2. Enter  {code}   (valid for {minutes} minutes)").format(
            code=started.user_code, minutes=minutes
        )
    )
    say(_("Waiting for you ... (Ctrl-C to cancel)"))
    return await sign_in.wait(started.id, started.expires_in)


async def _by_paste(sign_in: "SignIn", wish: _Wish, kind: "AccountKind") -> "Account":
    started = await sign_in.start(
        wish.label, kind=kind, open_browser=False, replace=wish.replace, listen=False
    )
    say(_("Open this address in any browser, on any machine, and sign in:") + "\n")
    say(f"  {started.authorization_url}\n")
    return await _pasted(sign_in, started.state)


async def _by_browser(sign_in: "SignIn", wish: _Wish, kind: "AccountKind") -> "Account":
    started = await sign_in.start(
        wish.label, kind=kind, open_browser=wish.browser, replace=wish.replace
    )
    if started.browser_opened:
        say(_("Your browser opens to sign in with ChatGPT. Not opened?"))
    say(_("Visit:") + f"\n\n  {started.authorization_url}\n")
    command = f"codex2api login{kind.option}{' --paste' if kind.option else ' --device'}"
    hint(_("On another machine? Use: {command}").format(command=command))
    if not started.listening:
        say(_("Port 1455 is in use, so the browser's answer cannot be received here."))
        return await _pasted(sign_in, started.state)
    say(
        _("Waiting {seconds:.0f} seconds for the browser ... (Ctrl-C to cancel)").format(
            seconds=wish.wait
        )
    )
    if not sys.stdin.isatty():
        return await _awaited(sign_in, started.state, wish.wait)
    say(_("If its last page does not load, paste that page's address here."))
    return await _first(
        _awaited(sign_in, started.state, wish.wait), _pasted(sign_in, started.state, ask=False)
    )


async def _awaited(sign_in: "SignIn", state: str, wait: float) -> "Account":
    from codex2api.errors import ApiError

    try:
        return await sign_in.wait(state, wait)
    except ApiError as error:
        if error.code != "sign_in_timeout":
            raise
        again = _("Try again with --wait 300, --device or --paste.")
        longer = f"{error.message} {again}"
        raise ApiError(error.kind, longer, code=error.code) from None


async def _pasted(sign_in: "SignIn", state: str, *, ask: bool = True) -> "Account":
    from codex2api.cli.lines import next_line
    from codex2api.errors import ApiError, Kind

    if ask:
        say(
            _(
                "Afterwards the browser shows a page that does not load. That is expected.\n"
                "Copy its whole address from the address bar and paste it here:"
            )
        )
    line = await next_line()
    if line is None:
        if ask:
            raise ApiError(Kind.BAD_REQUEST, _("No address was pasted."))
        await asyncio.Event().wait()  # input ended; the browser may still come
    return await sign_in.complete(line or "", state=state)


async def _first(*ways: "Coroutine[None, None, Account]") -> "Account":
    """The result of the way that ends first; the others are given up."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return done.pop().result()
