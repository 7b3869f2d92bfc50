"""The file itself: a heading, and one section after another."""

from collections.abc import Sequence
from dataclasses import dataclass

from codex2api.report.hiding import Veil

_WARNING = """\
This file was made by `codex2api report`. Tokens, keys, e-mail addresses, account ids and everything
that was said are left out, as far as a program can tell. READ IT BEFORE YOU SEND IT."""


@dataclass(frozen=True, slots=True)
class Section:
    """Part of the file.

    Attributes:
        title: What it holds, for the table at its head as well.
    """

    title: str
    lines: Sequence[str]


def bundle(sections: Sequence[Section], veil: Veil) -> str:
    """The whole text; the veil is put over every line of it."""
    parts = [f"# codex2api report\n\n{_WARNING}\n"]
    parts += [f"\n## {each.title}\n\n" + "".join(f"{line}\n" for line in each.lines or ["(none)"])
              for each in sections]  # fmt: skip
    return veil.over("".join(parts))
