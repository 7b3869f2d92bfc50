"""``codex2api dashboard``: the dashboard in a browser, signed in."""

import time

import click

from codex2api.cli.terminal import Exit, fail, say, settings_from
from codex2api.texts.shell import _


@click.command(
    help=_("Open the dashboard with a link that signs a browser in, once and within five minutes.")
)
@click.option("--no-open", is_flag=True, help=_("Only print the link."))
@click.pass_context
def command(ctx: click.Context, no_open: bool) -> None:
    """Open the dashboard with a link that signs a browser in, once and within five minutes."""
    from codex2api.auth.browser import open_browser
    from codex2api.cli.server.running import find_server
    from codex2api.dashboard.tickets import link_path

    settings = settings_from(ctx)
    server = find_server(settings)
    if server is None:
        where = f"{settings.server.host}:{settings.server.port}"
        fail(
            _(
                "No server of this home answers at {where}. Start it with: codex2api serve --open"
            ).format(where=where),
            Exit.UNREACHABLE,
        )
    link = f"{server.url}{link_path(server.key, time.time())}"
    opened = not no_open and open_browser(link)
    if opened:
        say(_("Your browser opens the dashboard. Not opened? Visit:"))
    else:
        say(_("Open this link in a browser; it works once, for five minutes:"))
    click.echo(link)
