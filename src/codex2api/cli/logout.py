"""``codex2api logout``: end a sign-in, upstream and here."""

import sys
from typing import TYPE_CHECKING

import click

from codex2api.cli.terminal import Exit, fail, run_async, say, settings_from

if TYPE_CHECKING:
    from codex2api.settings import Settings


@click.command()
@click.argument("label", required=False)
@click.option("--all", "everybody", is_flag=True, help="Sign every account out.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(ctx: click.Context, label: str | None, everybody: bool, yes: bool) -> None:
    """Sign out: revoke the sign-in (if the service answers) and forget the tokens."""
    if label and everybody:
        raise click.UsageError("Give a LABEL or --all, not both.")
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
                fail("Nobody is signed in.", Exit.SIGN_IN)
            await _agree(labels, yes)
            for each in labels:
                revoked = await desk.sign_in.logout(each)
                click.echo(f"Signed out: {each}")
                if not revoked:
                    say("The sign-in service did not confirm it; the tokens are deleted here.")
    except ApiError as error:
        fail(error.message, Exit.FAILED)


async def _agree(labels: list[str], yes: bool) -> None:
    """Ask, where somebody can answer."""
    from codex2api.cli.lines import next_line

    if yes:
        return
    if not sys.stdin.isatty():
        fail("Confirm with --yes when there is no terminal.", Exit.USAGE)
    say(f"Sign out {', '.join(labels)}? [y/N]")
    if (await next_line() or "").strip().lower() not in ("y", "yes"):
        fail("Nothing was changed.")
