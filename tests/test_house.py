"""The house rules that no linter knows: sizes, names, words, pinned requirements."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
OURS = sorted(
    path
    for folder in ("src", "tests", "scripts", "bench", "faults")
    for path in (ROOT / folder).rglob("*.py")
    if not {"node_modules", ".venv"} & set(path.parts)
)
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
VAGUE_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
VAGUE_NAME = re.compile(r"(Manager|Helper|Utils?)$|^(handle|process)_")
IMPOSED_NAMES = {"handle_exit", "handle_int"}
"""Hooks of uvicorn that we override."""
LEFT_OVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
PATCHED = re.compile(r"\b(unittest\.mo" + r"ck|mo" + r"ck\.patch|Magic" + r"Mock)\b")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function; the routes that a router function declares count by themselves."""
    inner = [
        node for node in function.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return _lines(function) - sum(_lines(node) for node in inner)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_too_long(path: Path) -> None:
    long = {found.name: own_lines(found) for found in functions(path)}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_named_vaguely(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not VAGUE_MODULES & set(path.relative_to(ROOT).with_suffix("").parts)
    assert [name for name in names if VAGUE_NAME.search(name) and name not in IMPOSED_NAMES] == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_nothing_is_left_for_later_or_patched(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert LEFT_OVER.findall(text) == []
    assert PATCHED.findall(text) == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=name_of)
def test_requirements_are_pinned_by_hash_and_name_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)

    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "index-url" not in text


def test_run_requirements_are_the_same_versions_as_for_development() -> None:
    pins = {
        path.name: set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", path.read_text(), re.MULTILINE))
        for path in REQUIREMENTS
    }
    assert pins["run.txt"] <= pins["dev.txt"]
    assert pins["demo.txt"] <= pins["dev.txt"]


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["simulator"]]
    pinned = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")

    names = [re.split(r"[><=~!;\[ ]", entry)[0] for entry in wanted]
    missing = [
        name for name in names if not re.search(rf"^{name}(\[[\w,-]+\])?==", pinned, re.MULTILINE)
    ]
    assert missing == []
