"""``codex2api completion``: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class

from codex2api.cli.terminal import fail
from codex2api.texts.shell import _

_HINTS = {
    "bash": '~/.bashrc:  eval "$(codex2api completion bash)"',
    "zsh": '~/.zshrc:  eval "$(codex2api completion zsh)"',
    "fish": "codex2api completion fish > ~/.config/fish/completions/codex2api.fish",
}


@click.command(epilog="; ".join(_HINTS.values()), help=_("Print a shell's completion script."))
@click.argument("shell", type=click.Choice(list(_HINTS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print it (the help is above: a docstring is not translated)."""
    completion = get_completion_class(shell)
    if completion is None:
        fail(_("There is no completion for {shell}.").format(shell=shell))
    click.echo(completion(ctx.find_root().command, {}, "codex2api", "_CODEX2API_COMPLETE").source())
