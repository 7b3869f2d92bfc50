"""``codex2api config edit``: an editor, a check, and only then the file."""

import sys
import tempfile
from pathlib import Path

import click

from codex2api.cli.terminal import Exit, fail, say

_EMPTY = "{\n}\n"


def edit(path: Path) -> None:
    """Have a person edit the file; what is not valid is told, and edited again or given up."""
    from codex2api.store.durable import make_private, write_private

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail("An editor needs a terminal. Without one: codex2api config set KEY VALUE", Exit.USAGE)
    before = path.read_text(encoding="utf-8-sig") if path.exists() else _EMPTY
    text = before
    while True:
        edited = click.edit(text, extension=".json", require_save=False)
        if edited is None or edited == before:
            say(f"Nothing was changed in {path}.")
            return
        text, wrong = edited, _what_is_wrong(edited)
        if wrong is None:
            break
        say(wrong)
        if not click.confirm("Edit it again?", default=True, err=True):
            fail(f"Nothing was changed in {path}.")
    if not path.parent.exists():
        make_private(path.parent)
    write_private(path, text.encode())
    say(f"{path} is written; `codex2api config list` shows what is in force.")


def _what_is_wrong(text: str) -> str | None:
    """Why this cannot be a config file."""
    from codex2api.settings import SettingsError, load_settings

    with tempfile.TemporaryDirectory() as folder:  # private, as its files may hold secrets
        file = Path(folder) / "config.json"
        file.write_text(text, encoding="utf-8")
        try:
            load_settings(env={"CODEX2API_HOME": folder}, config_path=file)
        except SettingsError as error:
            return str(error).replace(str(file), "")
    return None
