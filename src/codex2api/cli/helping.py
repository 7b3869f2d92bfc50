"""``--help`` in another language than English: what click itself says, and where a line ends.

Click counts characters, of which a Chinese one takes two columns, and breaks lines at blanks, of
which Chinese has none.
"""

from collections.abc import Iterable

import click

from codex2api.cli.columns import cells, wrapped
from codex2api.texts.said import N_
from codex2api.texts.shell import _

CLICKS_OWN = (
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
)
"""Marked here, because click's own source is in no catalogue of ours."""

_GAP, _WIDEST_TERM, _NARROWEST = 2, 30, 10


class Help(click.HelpFormatter):
    """Writes a page of help."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The first line."""
        super().write_usage(prog, args, prefix or _("Usage:") + " ")

    def write_heading(self, heading: str) -> None:
        """What is above options, or commands."""
        super().write_heading(_(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs, of which an empty line is between every two."""
        blanks = " " * self.current_indent
        width = self.width - self.current_indent
        paragraphs = (wrapped(part, width) for part in text.split("\n\n"))
        self.write("\n\n".join("\n".join(blanks + line for line in each) for each in paragraphs))
        self.write("\n")

    def write_dl(
        self,
        rows: Iterable[tuple[str, str]],
        col_max: int = _WIDEST_TERM,
        col_spacing: int = _GAP,
    ) -> None:
        """Terms, each with its meaning beside it, or below where the term is too long."""
        entries = list(rows)
        left = min(max(cells(term) for term, _meaning in entries), col_max) + col_spacing
        blanks = " " * (self.current_indent + left)
        width = max(self.width - left - self.current_indent, _NARROWEST)
        for term, meaning in entries:
            fits = cells(term) + col_spacing <= left
            head = " " * self.current_indent + term
            first, *others = wrapped(_(meaning), width)
            lines = [head.ljust(len(blanks)) + first] if fits else [head, blanks + first]
            self.write("".join(f"{line.rstrip()}\n" for line in lines))
            self.write("".join(f"{blanks}{line}\n" for line in others))


class HelpContext(click.Context):
    """A command's run, whose help is written so."""

    formatter_class = Help


def in_the_readers_words(command: click.Command) -> None:
    """Have a command, and those below it, write their help so."""
    command.context_class = HelpContext
    for below in getattr(command, "commands", {}).values():
        in_the_readers_words(below)
