"""Write the parts of the pages that are made from code, between their marks.

python scripts/write_reference.py
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from codex2api.metrics.catalogue import METRICS

DOCS = Path(__file__).parents[1] / "docs"


def metrics_table() -> str:
    """Every metric."""
    rows = [
        f"| `{each.name}` | {each.kind} | {' '.join(f'`{label}`' for label in each.labels)} "
        f"| {each.help} |"
        for each in METRICS
    ]
    return "\n".join(["| name | kind | labels | |", "|---|---|---|---|", *rows])


PARTS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("metrics.md", "metrics"): metrics_table,
}
"""Page and name of each part, and what makes it."""


def written(text: str, name: str, part: str) -> str:
    """A page with one of its parts made anew.

    Raises:
        ValueError: The page has no such marks.
    """
    marks = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"there is no part called {name}")
    return marks.sub(lambda found: f"{found[1]}\n{part}\n\n{found[2]}", text)


def main() -> None:
    """Write every part."""
    for (page, name), make in PARTS.items():
        path = DOCS / page
        path.write_text(written(path.read_text("utf-8"), name, make()), "utf-8")


if __name__ == "__main__":
    main()
