"""Collects the texts for people into the catalogues and compiles them: ``make texts``.

A text is marked ``_("...")`` in Python and in pages, ``text("...")`` in the dashboard's modules.
What has no translation yet stays empty in its ``.po`` and is read in English.
"""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from codex2api.texts import CATALOGUES, LANGUAGES, SOURCE_LANGUAGE

ROOT = Path(__file__).parents[1]
TEMPLATE = CATALOGUES / "codex2api.pot"

PYBABEL = [sys.executable, "-m", "babel.messages.frontend"]
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
QUIET_HEADER = ["--omit-header", "--no-location", "--sort-output", "--width=96"]


def collect(template: Path = TEMPLATE) -> None:
    """Writes the template: every marked text, once."""
    words = ["--keyword=text", "--keyword=N_", "--mapping-file=babel.cfg"]
    _run("extract", *words, *QUIET_HEADER, f"--output-file={template}", ".")


def bring_up_to_date(language: str) -> None:
    """Adds new texts to a translation and drops those that are gone."""
    target = po_file(language)
    target.parent.mkdir(parents=True, exist_ok=True)
    verb = "update" if target.exists() else "init"
    options = (
        ["--ignore-obsolete", "--omit-header", "--no-fuzzy-matching"] if verb == "update" else []
    )
    _run(
        verb,
        "--width=96",
        *options,
        f"--input-file={TEMPLATE}",
        f"--output-file={target}",
        f"--locale={language}",
    )


def compiled(language: str, target: Path | None = None) -> Path:
    """Compiles a translation, without a date in it: the same texts give the same file."""
    target = target or po_file(language).with_suffix(".mo")
    with po_file(language).open("rb") as source:
        translation = read_po(source, locale=language)
    translation.project, translation.version = "codex2api", ""
    translation.creation_date = translation.revision_date = _NO_DATE
    with target.open("wb") as out:
        write_mo(out, translation)
    return target


def po_file(language: str) -> Path:
    """Where a translation lies."""
    return CATALOGUES / language / "LC_MESSAGES" / "codex2api.po"


def _run(*arguments: str) -> None:
    subprocess.run([*PYBABEL, "--quiet", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    collect()
    for each in LANGUAGES:
        if each != SOURCE_LANGUAGE:
            bring_up_to_date(each)
            compiled(each)
