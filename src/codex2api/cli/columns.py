"""Tables and figures for a terminal; pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_ENDS = r"\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u201d"
_PIECE = re.compile(rf"\s+|[\u2e80-\u9fff][{_ENDS}]*|[^\s\u2e80-\u9fff]+")
"""What a line is never broken within: blanks, a Chinese character with the signs that may not begin
a line, and whatever else has no blank in it."""


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Columns of equal width, no rules around them: easy on the eye and on ``grep``.

    Args:
        rows: All of one length; the first are the headings.
        right: Columns of figures, which end in line.
    """
    widths = [max(cells(cell) for cell in column) for column in zip(*rows, strict=True)]
    ends = set(right)
    return [
        "  ".join(
            padded(cell, width, right=at in ends)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two each."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text with blanks up to that many columns, behind or (``right``) before it."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, width: int) -> list[str]:
    """A paragraph in lines of so many columns; Chinese may go on in the next one anywhere."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if cells(lines[-1] + piece.rstrip()) > width and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
        else:
            lines[-1] += " " if piece.isspace() else piece
    return [*lines[:-1], lines[-1].rstrip()]


def count(number: int | None) -> str:
    """``950``, ``12.3k``, ``4.5M``; ``-`` for what is not known."""
    if number is None:
        return "-"
    if number < 1000:
        return str(number)
    if number < 999_950:
        return f"{number / 1000:.1f}k"
    return f"{number / 1_000_000:.1f}M"


def share(part: float | None) -> str:
    """``81 %``."""
    return "-" if part is None else f"{part * 100:.0f} %"


def seconds(milliseconds: float | None) -> str:
    """``0.8 s``."""
    return "-" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def dollars(price: float | None, *, partly: bool = False) -> str:
    """``$12.34``, with a ``+`` where not all of it is known; ``-`` where nothing is."""
    if price is None:
        return "-"
    digits = 2 if price >= 1 or price == 0 else 4
    return f"${price:,.{digits}f}{'+' if partly else ''}"
