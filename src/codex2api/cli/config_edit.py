"""``codex2api config edit``: an editor, a check, and only then the file."""

import sys
import tempfile
from pathlib import Path

import click

from codex2api.cli.terminal import Exit, fail, say
from codex2api.texts.shell import _

_EMPTY = "{\n}\n"


def edit(path: Path) -> None:
    """Have a person edit the file; what is not valid is told, and edited again or given up."""
    from codex2api.store.durable import make_private, write_private

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(
            _("An editor needs a terminal. Without one: codex2api config set KEY VALUE"),
            Exit.USAGE,
        )
    before = path.read_text(encoding="utf-8-sig") if path.exists() else _EMPTY
    text = before
    while True:
        edited = click.edit(text, extension=".json", require_save=False)
        if edited is None or edited == before:
            say(_("Nothing was changed in {path}.").format(path=path))
            return
        text, wrong = edited, _what_is_wrong(edited)
        if wrong is None:
            break
        say(wrong)
        if not click.confirm(_("Edit it again?"), default=True, err=True):
            fail(_("Nothing was changed in {path}.").format(path=path))
    if not path.parent.exists():
        make_private(path.parent)
    write_private(path, text.encode())
    say(_("{path} is written; what is in force: codex2api config list").format(path=path))


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
