"""``codex2api logout``: end a sign-in, upstream and here."""

import sys
from typing import TYPE_CHECKING

import click

from codex2api.cli.terminal import Exit, fail, run_async, say, settings_from
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.settings import Settings


@click.command(
    help=_("Sign out: revoke the sign-in (if the service answers) and forget the tokens.")
)
@click.argument("label", required=False)
@click.option("--all", "everybody", is_flag=True, help=_("Sign every account out."))
@click.option("-y", "--yes", is_flag=True, help=_("Do not ask."))
@click.pass_context
def command(ctx: click.Context, label: str | None, everybody: bool, yes: bool) -> None:
    """Sign out (the help is above: a docstring is not translated)."""
    if label and everybody:
        raise click.UsageError(_("Give a LABEL or --all, not both."))
    run_async(_logout(settings_from(ctx), label, everybody, yes))


async def _logout(settings: "Settings", label: str | None, everybody: bool, yes: bool) -> None:
    from codex2api.cli.signing import signing_desk
    from codex2api.errors import ApiError

    try:
        async with signing_desk(settings) as desk:
            labels = [label or "default"]
            if everybody:
                labels = [account.label for account in await desk.store.accounts()]
            if not labels:
                fail(_("Nobody is signed in."), Exit.SIGN_IN)
            await _agree(labels, yes)
            for each in labels:
                revoked = await desk.sign_in.logout(each)
                click.echo(_("Signed out: {label}").format(label=each))
                if not revoked:
                    say(_("The sign-in service did not confirm it; the tokens are deleted here."))
    except ApiError as error:
        fail(error.message, Exit.FAILED)


async def _agree(labels: list[str], yes: bool) -> None:
    """Ask, where somebody can answer."""
    from codex2api.cli.lines import next_line

    if yes:
        return
    if not sys.stdin.isatty():
        fail(_("Confirm with --yes when there is no terminal."), Exit.USAGE)
    say(_("Sign out {labels}? [y/N]").format(labels=", ".join(labels)))
    if (await next_line() or "").strip().lower() not in ("y", "yes"):
        fail(_("Nothing was changed."))
