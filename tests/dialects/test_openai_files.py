"""Uploaded files as values: where they are named, and what takes their place."""

from typing import Any

import pytest

from codex2api.dialects.openai_files import (
    FileContent,
    FileReference,
    document_type,
    file_url,
    filled,
    references,
)
from codex2api.errors import ApiError

TEXT = FileContent("a.txt", b"hi")
URL = "data:text/plain;base64,aGk="


def conversation(*parts: Any) -> list[Any]:
    return [{"role": "system", "content": "x"}, {"role": "user", "content": list(parts)}]


def test_names_are_found_with_their_places() -> None:
    parts = [
        {"type": "text", "text": "file_id"},
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "input_file", "file_id": "f2", "filename": None},
        {"type": "input_image", "file_id": "f1", "image_url": None},
        {"type": "input_file", "file_data": "aGk="},
        {"type": "output_text", "file_id": "not ours"},
        {"type": "file", "file": "odd"},
    ]
    assert references(conversation(*parts), "messages") == [
        FileReference("f1", "messages[1].content[1].file.file_id"),
        FileReference("f2", "messages[1].content[2].file_id"),
        FileReference("f1", "messages[1].content[3].file_id"),
    ]
    assert references("just text", "input") == []


def test_content_takes_the_place_of_its_name_and_nothing_else_changes() -> None:
    given = conversation(
        {"type": "text", "text": "look"},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "input_file", "file_id": "f", "detail": "high"},
    )
    before = repr(given)
    data = {"filename": "a.txt", "file_data": URL}

    assert filled(given, "messages", {"f": TEXT}) == conversation(
        {"type": "text", "text": "look"},
        {"type": "file", "file": data},
        {"type": "input_file"} | data,
    )
    assert repr(given) == before


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_file", "file_id": 7},
        {"type": "input_file", "file_id": "f", "file_data": "aGk="},
        {"type": "input_file", "file_id": "f", "file_url": "https://x.example/"},
        {"type": "input_image", "file_id": "f", "image_url": "https://x.example/"},
        {"type": "file", "file": {"file_id": "f", "file_data": "aGk="}},
    ],
)
def test_a_name_stands_alone(part: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        references([part], "input")
    assert str(caught.value.param).startswith("input[0].")
    assert str(caught.value.param).endswith("file_id")


@pytest.mark.parametrize(
    ("name", "data", "media"),
    [
        ("a.pdf", b"%PDF-1.4", "application/pdf"),
        ("a.bin", b"%PDF-1.4", "application/pdf"),
        ("a.PDF", b"hello", None),
        ("a.xls", b"\xd0\xcf\x11\xe0..", "application/vnd.ms-excel"),
        ("a.docx", b"not a zip", None),
        ("a.md", b"# x", "text/markdown"),
        ("Makefile", b"all:", "text/plain"),
        ("a.txt", "ü".encode("latin-1"), None),
        ("a.txt", b"a\0b", None),
        ("a.zip", b"PK\x03\x04\xff", None),
    ],
)
def test_what_a_document_is(name: str, data: bytes, media: str | None) -> None:
    assert document_type(FileContent(name, data)) == media


@pytest.mark.parametrize(
    ("data", "name", "url"),
    [
        ("data:text/csv;base64,aGk=", "a.pdf", "data:text/csv;base64,aGk="),
        ("aGk=", "a.md", "data:text/markdown;base64,aGk="),
        ("aGk=", None, "data:text/plain;base64,aGk="),
        ("JVBERi0=", None, "data:application/pdf;base64,JVBERi0="),
        ("/w==", "odd", "data:application/pdf;base64,/w=="),
    ],
)
def test_bare_data_gets_the_type_that_it_shows(data: str, name: str | None, url: str) -> None:
    assert file_url(data, name, "file_data") == url
