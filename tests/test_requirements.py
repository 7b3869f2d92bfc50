"""What a user installs holds everything that is imported."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


OF_EXTRAS = {"spans.py", "site_hooks.py", "write_texts.py"}
"""Files that need an extra: of traces, of the docs, of developers."""


def imported(folder: str, *, extras: bool = False) -> set[str]:
    """Packages that the Python files of a folder import, by their names in the index."""
    modules = {
        name.partition(".")[0]
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "clients"  # they bring packages of their own
        if extras or path.name not in OF_EXTRAS
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names_of(node)
    }
    own = {"codex2api", "children", "conformance", "__future__"}
    known = packages_distributions()
    found = modules - set(sys.stdlib_module_names) - own
    return {re.sub(r"[._]", "-", known[module][0]).lower() for module in found}


def names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("src", "run.txt"),
        ("src", "demo.txt"),
        ("src", "dev.txt"),
        ("scripts", "demo.txt"),
        ("scripts", "dev.txt"),
    ],
)
def test_what_is_imported_is_pinned(folder: str, file: str) -> None:
    text = (ROOT / "requirements" / file).read_text()
    pinned = set(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", text, re.MULTILINE))
    assert imported(folder, extras=file == "dev.txt") - pinned == set()
