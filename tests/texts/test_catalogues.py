"""The translations are whole, current, and compiled as they stand."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from tests.reference import ROOT, script

from codex2api.texts import LANGUAGES, SOURCE_LANGUAGE

writer = script("write_texts")
TRANSLATIONS = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
SOURCE = ROOT / "src" / "codex2api"
MARKS = {"_", "N_"}


def texts_of(path: Path) -> set[str]:
    """What is marked, by a template."""
    with path.open("rb") as source:
        return {str(each.id) for each in read_po(source) if each.id}


def translated(language: str) -> list[tuple[str, str]]:
    """Texts and their translations."""
    with writer.po_file(language).open("rb") as source:
        return [(str(each.id), str(each.string)) for each in read_po(source) if each.id]


def placeholders(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{[^{}]*\}", text))


def edges(text: str) -> tuple[str, str]:
    """The blanks before and behind a text, which others are put beside."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def marked_in(path: Path) -> Iterator[str]:
    """Every literal that a Python module marks."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text))]) if (
                name in MARKS
            ):
                yield text


def test_the_template_is_what_is_marked_now(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.pot"
    writer.collect(fresh)

    assert texts_of(fresh) == texts_of(writer.TEMPLATE), "run: make texts"


def test_no_module_marks_a_text_that_is_not_collected() -> None:
    """A room that ``babel.cfg`` does not name would be read in English by everybody."""
    marked = {text for path in SOURCE.rglob("*.py") for text in marked_in(path)}

    assert len(marked) > 500
    assert marked - texts_of(writer.TEMPLATE) == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_text_is_translated(language: str) -> None:
    pairs = translated(language)

    assert {text for text, _ in pairs} == texts_of(writer.TEMPLATE), "run: make texts"
    assert [text for text, translation in pairs if not translation] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_is_a_guess(language: str) -> None:
    with writer.po_file(language).open("rb") as source:
        assert [each.id for each in read_po(source) if each.id and each.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_holds_what_its_text_holds(language: str) -> None:
    """A lost ``{name}`` would lose a figure, one that is not filled would end the command."""
    pairs = translated(language)

    assert [each for each in pairs if placeholders(each[0]) != placeholders(each[1])] == []
    assert [each for each in pairs if edges(each[0]) != edges(each[1])] == []
    assert [each for each in pairs if each[0].count("\n") != each[1].count("\n")] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_what_is_to_be_typed_is_the_same_in_every_language(language: str) -> None:
    typed = re.compile(
        r"`[^`]+`|(?<![\w-])--[a-z][a-z-]+|\b[A-Z]+_[A-Z_]+\b|\b[a-z]+\.[a-z]+[A-Z]\w+"
    )
    lost = [
        (code, translation)
        for text, translation in translated(language)
        for code in typed.findall(text)
        if code not in translation
    ]
    assert lost == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_compiled_catalogue_is_current(language: str, tmp_path: Path) -> None:
    packaged = writer.po_file(language).with_suffix(".mo")

    fresh = writer.compiled(language, tmp_path / "fresh.mo")

    assert packaged.read_bytes() == fresh.read_bytes(), "run: make texts"
