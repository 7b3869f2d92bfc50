"""The command line: one small module a command, imported when that command is called."""

import difflib
from importlib import import_module
from typing import Any

import click

from codex2api import __version__

COMMANDS = {
    "login": "Sign in with ChatGPT.",
    "logout": "Sign out and forget the tokens.",
    "serve": "Start the server.",
    "dashboard": "Open the dashboard in a browser.",
    "status": "Show accounts, plans, limits and today's use.",
    "usage": "Show what was used, and its list price.",
    "logs": "Show recent requests.",
    "models": "List the models that can be used.",
    "chat": "Ask one question, or hold a dialogue.",
    "connect": "Set up a client: print what to paste, or edit its own file.",
    "explain": "Show what ChatGPT would be sent for a request.",
    "cache": "Show how much of each conversation was cached.",
    "keys": "Create, list, change and revoke client keys.",
    "simulate": "Start a simulated ChatGPT to try and test against.",
    "prompts": "Show and update the packaged instructions.",
    "config": "Show and change settings.",
    "service": "Run the server as a service of this machine.",
    "completion": "Print a shell's completion script.",
}
"""Every command and its line in ``--help``, which thereby needs to import none of them."""

_INTERRUPTED = 130
"""``terminal.Exit.INTERRUPTED``, which is not worth an import for ``--help``."""


class LazyGroup(click.Group):
    """Commands that are modules of this package: ``login`` is ``cli/login.py``'s ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """All commands, in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"codex2api.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """As click does it; but Ctrl-C ends every command with the shell's own 130, not with 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The list in ``--help``, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; of a command that does not exist, the nearest that does is named."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.0)[0]
            ctx.fail(f"There is no command '{name}'. The nearest is '{near}'.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: codex2api serve",
)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    help="Config file to use instead of the usual one.",
)
@click.version_option(__version__, "--version", "-V", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config_path: str | None) -> None:
    """Use your own ChatGPT plan from any program that speaks the OpenAI API."""
    ctx.obj = {"config": config_path}
