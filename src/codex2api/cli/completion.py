"""``codex2api completion``: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class

from codex2api.cli.terminal import fail

_HINTS = {
    "bash": 'add to ~/.bashrc:  eval "$(codex2api completion bash)"',
    "zsh": 'add to ~/.zshrc:  eval "$(codex2api completion zsh)"',
    "fish": "run:  codex2api completion fish > ~/.config/fish/completions/codex2api.fish",
}


@click.command(epilog="; ".join(_HINTS.values()))
@click.argument("shell", type=click.Choice(list(_HINTS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a shell's completion script."""
    completion = get_completion_class(shell)
    if completion is None:
        fail(f"There is no completion for {shell}.")
    click.echo(completion(ctx.find_root().command, {}, "codex2api", "_CODEX2API_COMPLETE").source())
