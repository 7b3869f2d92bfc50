"""``codex2api prompts``: the instructions that a model gets where a prompt policy asks for them."""

import re
from pathlib import Path

import click

from codex2api.catalog.models import ModelSpec
from codex2api.catalog.prompts import FAMILIES, Prompts
from codex2api.cli.direct import exit_code, live_catalog
from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    print_json,
    run_async,
    say,
    settings_from,
)
from codex2api.cli.waiting import waiting
from codex2api.errors import ApiError
from codex2api.store.durable import make_private, write_private

_FILE_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


@click.group(name="prompts")
def command() -> None:
    """Show and update the packaged instructions.

    They are used where codex.promptPolicy says so; a caller's own system text goes before them.
    """


@command.command("list")
@json_option
@click.pass_context
def list_prompts(ctx: click.Context, as_json: bool) -> None:
    """List the packaged prompts and the downloaded ones that replace them."""
    files = _downloaded(_folder(ctx))
    rows = [{"name": name, "origin": "packaged"} for name in FAMILIES if name not in files]
    rows += [{"name": name, "origin": str(path)} for name, path in files.items()]
    if as_json:
        print_json({"schema": 1, "prompts": rows})
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        click.echo(f"{row['name'].ljust(width)}  {row['origin']}")


@command.command("show")
@click.argument("name")
@click.pass_context
def show_prompt(ctx: click.Context, name: str) -> None:
    """Print the prompt of a model or a family."""
    texts = {stem: path.read_text("utf-8") for stem, path in _downloaded(_folder(ctx)).items()}
    click.echo(Prompts(texts).of(name))


@command.command("update")
@click.pass_context
def update_prompts(ctx: click.Context) -> None:
    """Download the official prompts of your own account's models.

    They come from ChatGPT's model list, belong to OpenAI, and stay on this machine.
    """
    try:
        with waiting("Asking ChatGPT …"):
            catalog = run_async(live_catalog(settings_from(ctx)))
    except ApiError as error:
        fail(error.message, exit_code(error))
    if catalog is None:
        fail("Nobody is signed in. Run 'codex2api login' first.", Exit.SIGN_IN)
    folder = _folder(ctx)
    saved = [spec.slug for spec in catalog.specs if _save(folder, spec)]
    if not saved:
        fail("ChatGPT's model list holds no prompts; the packaged ones go on being used.")
    for slug in saved:
        click.echo(slug)
    say(f"{len(saved)} prompts are in {folder}; a running server takes them at its next start.")
    say("Delete a file there to go back to the packaged prompt.")


def _folder(ctx: click.Context) -> Path:
    return settings_from(ctx).data_dir / "prompts"


def _downloaded(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.md"))}


def _save(folder: Path, spec: ModelSpec) -> bool:
    # The name comes from outside: it must not lead out of the folder.
    if not spec.base_instructions or not _FILE_NAME.fullmatch(spec.slug):
        return False
    make_private(folder)
    write_private(folder / f"{spec.slug}.md", spec.base_instructions.encode())
    return True
