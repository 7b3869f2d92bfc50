"""The command line: one small module a command, imported when that command is called."""

import errno
import os
import re
import sys
from importlib import import_module
from typing import Any

import click

from codex2api import __version__
from codex2api.texts import SOURCE_LANGUAGE
from codex2api.texts.said import N_
from codex2api.texts.shell import LANGUAGE, _

COMMANDS = {
    "login": N_("Sign in with ChatGPT."),
    "logout": N_("Sign out and forget the tokens."),
    "serve": N_("Start the server."),
    "dashboard": N_("Open the dashboard in a browser."),
    "status": N_("Show accounts, plans, limits and today's use."),
    "usage": N_("Show what was used, and its list price."),
    "logs": N_("Show recent requests."),
    "models": N_("List the models that can be used."),
    "chat": N_("Ask one question, or hold a dialogue."),
    "connect": N_("Set up a client: print what to paste, or edit its own file."),
    "explain": N_("Show what ChatGPT would be sent for a request."),
    "cache": N_("Show how much of each conversation was cached."),
    "keys": N_("Create, list, change and revoke client keys."),
    "doctor": N_("Check the installation, and say what to do."),
    "report": N_("Collect what a bug report needs, without secrets."),
    "simulate": N_("Start a simulated ChatGPT to try and test against."),
    "prompts": N_("Show and update the packaged instructions."),
    "config": N_("Show and change settings."),
    "service": N_("Run the server as a service of this machine."),
    "completion": N_("Print a shell's completion script."),
}
"""Every command and its line in ``--help``, which thereby needs to import none of them."""

_INTERRUPTED, _USAGE, _FAILED = 130, 2, 1
"""Of ``terminal.Exit``, which is not worth an import for ``--help``."""

_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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
        if not isinstance(command, click.Command):
            return None
        _translate(command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; errors are told as JSON from here on, where JSON is asked for."""
        words = args[: args.index("--")] if "--" in args else args
        ctx.meta["codex2api.json"] = "--json" in words  # terminal.WANTS_JSON
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does it; but every way to end has its exit code and no traceback.

        Ctrl-C ends every command with the shell's own 130, not with 1.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except click.UsageError as error:
            if not ctx.meta["codex2api.json"]:
                raise
            _tell(error.format_message(), _USAGE)
            ctx.exit(_USAGE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # the border where a bug becomes a sentence; -v has all of it
            if ctx.obj.get("verbose") or _is_closed_pipe(error):
                raise
            _tell(_unexpected(error), _FAILED)
            ctx.exit(_FAILED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The list in ``--help``, from the table above."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(line)) for name, line in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; of a command that does not exist, the nearest that does is named."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.0)[0]
            ctx.fail(
                _("There is no command '{name}'. The nearest is '{near}'.").format(
                    name=name, near=near
                )
            )
        return super().resolve_command(ctx, args)


def _translate(command: click.Command) -> None:
    """Have click's own words in ``--help`` be those of the reader."""
    if LANGUAGE != SOURCE_LANGUAGE:
        from codex2api.cli.helping import in_the_readers_words

        in_the_readers_words(command)


def _tell(message: str, code: int) -> None:
    from codex2api.cli.terminal import tell_error

    tell_error(message, code)


def _unexpected(error: Exception) -> str:
    """What nobody thought of, in one sentence; its own text may quote anything."""
    from codex2api.protocol.secrets import hide_secrets

    what = hide_secrets(f"{type(error).__name__}: {error}".splitlines()[0][:300])
    return _(
        "This should not have happened ({what}). Where: codex2api -v COMMAND; "
        "for a bug report: codex2api report"
    ).format(what=what)


def _never_choke(stream: Any) -> None:
    """Have a name that a terminal without UTF-8 cannot show be a question mark, and no crash."""
    if "utf" not in (getattr(stream, "encoding", None) or "").lower():
        stream.reconfigure(errors="replace")


def _is_closed_pipe(error: Exception) -> bool:
    """Whether the reader of our output has gone, as ``head`` does; click ends quietly then."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _live_in(ctx: click.Context, home: str) -> None:
    """Make a folder the home, of this command and of the processes that it starts."""
    before = os.environ.get("CODEX2API_HOME")

    def back() -> None:
        if before is None:
            os.environ.pop("CODEX2API_HOME", None)
        else:
            os.environ["CODEX2API_HOME"] = before

    os.environ["CODEX2API_HOME"] = home
    ctx.call_on_close(back)


def _profile(
    ctx: click.Context,  # noqa: ARG001 (click's)
    parameter: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> str | None:
    if value is not None and not _PROFILE.fullmatch(value):
        raise click.BadParameter(_("a name of letters, digits, '-' and '_' is expected."))
    return value


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_("Start with: codex2api serve"),
    help=_("Use your own ChatGPT plan from any program that speaks the OpenAI API."),
)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    help=_("Config file to use instead of the usual one."),
)
@click.option("--home", metavar="DIR", help=_("Folder of everything.  [CODEX2API_HOME]"))
@click.option(
    "--profile",
    metavar="NAME",
    callback=_profile,
    help=_("A home of its own, below the usual one."),
)
@click.option("-q", "--quiet", is_flag=True, help=_("Leave out hints and progress."))
@click.option("-v", "--verbose", is_flag=True, help=_("Tell more, and where an error is from."))
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help=_("Whether to colour.  [auto]"),
)
@click.version_option(__version__, "--version", "-V", message="%(prog)s %(version)s")
@click.pass_context
def main(
    ctx: click.Context,
    /,
    config_path: str | None,
    home: str | None,
    profile: str | None,
    **wishes: Any,
) -> None:
    """Keep what holds for every command (the help is above: a docstring is not translated)."""
    ctx.obj = {"config": config_path, **wishes}
    _never_choke(sys.stdout)
    if home is not None:
        _live_in(ctx, home)
    if profile is not None:
        usual = os.environ.get("CODEX2API_HOME") or "~/.codex2api"
        _live_in(ctx, os.path.join(usual, "profiles", profile))  # noqa: PTH118 (no pathlib here)


_translate(main)
