"""What a command says goes through the catalogues: nothing is written straight to a person."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import codex2api.cli

FOLDER = Path(codex2api.cli.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))
TELLS = {"say", "hint", "fail", "show", "waiting", "confirm", "UsageError", "BadParameter"}
MARKS = {"_", "N_"}


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def called(node: ast.expr) -> str:
    """The last part of the name of what is called."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
        case _:
            return ""


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def words(node: ast.expr) -> str:
    """What of a literal is the same for everybody: an f-string without what fills it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(words(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return words(left) + words(right)
        case _:
            return ""


def is_sentence(text: str) -> bool:
    """Our own name, and addresses, are the same in every language."""
    return any(letter.isalpha() for letter in text.replace("codex2api", ""))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_is_told_is_marked(path: Path) -> None:
    told = [
        (call.lineno, words(call.args[0]))
        for call in calls(path)
        if called(call) in TELLS and call.args
    ]
    assert [(line, text) for line, text in told if is_sentence(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_help_of_commands_and_options_is_marked(path: Path) -> None:
    unmarked = []
    for call in calls(path):
        if called(call) not in ("command", "group", "option"):
            continue
        helps = [keyword.value for keyword in call.keywords if keyword.arg == "help"]
        if not helps or called(helps[0]) not in MARKS:
            unmarked.append(call.lineno)
    assert unmarked == []


def test_a_marked_text_is_a_plain_literal() -> None:
    """What is put together, or is an f-string, is in no catalogue."""
    for path in SOURCES:
        for call in calls(path):
            if called(call) in MARKS and call.args:
                assert isinstance(
                    call.args[0], ast.Constant | ast.Name | ast.Subscript | ast.Attribute
                ), f"{name_of(path)}:{call.lineno}: a marked text is a plain literal"
