"""Forms as OpenAI's clients write them."""

import pytest

from codex2api.dialects.openai_form import form_fields
from codex2api.errors import ApiError
from codex2api.protocol.form import encode_form, harmless_name


def test_lists_objects_numbers_and_truth_values() -> None:
    texts = [
        ("prompt", "12"),
        ("n", "2"),
        ("stream", "false"),
        ("temperature", "0.5"),
        ("include[]", "a"),
        ("include[]", "b"),
        ("expires_after[anchor]", "created_at"),
        ("expires_after[seconds]", "3600"),
    ]
    assert form_fields(texts, frozenset({"n", "stream", "temperature"})) == {
        "prompt": "12",
        "n": 2,
        "stream": False,
        "temperature": 0.5,
        "include": ["a", "b"],
        "expires_after": {"anchor": "created_at", "seconds": "3600"},
    }


@pytest.mark.parametrize("text", ["1e999", "NaN", "0x10", "", "9" * 400, "True"])
def test_what_is_no_number_stays_text(text: str) -> None:
    assert form_fields([("n", text)], frozenset({"n"})) == {"n": text}


@pytest.mark.parametrize(
    "names", [["a", "a"], ["a", "a[]"], ["a[]", "a[b]"], ["[x]"], ["a[b][c]"], ["a]"]]
)
def test_names_must_make_sense(names: list[str]) -> None:
    with pytest.raises(ApiError) as caught:
        form_fields([(name, "x") for name in names], frozenset())
    assert caught.value.code == "invalid_value"


def test_a_form_that_is_sent() -> None:
    media, body = encode_form({"prompt": "é"}, ("../a b.wav", "audio/wav", b"\0"), "BB")
    assert media == "multipart/form-data; boundary=BB"
    assert (
        body
        == (
            '--BB\r\nContent-Disposition: form-data; name="prompt"\r\n\r\né\r\n'
            '--BB\r\nContent-Disposition: form-data; name="file"; filename="a_b.wav"\r\n'
            "Content-Type: audio/wav\r\n\r\n\0\r\n--BB--\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("talk.wav", "talk.wav"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\y.wav", "y.wav"),
        ('a"\r\nX: y', "a___X__y"),
        ("..", "file"),
        ("", "file"),
        ("ü.mp3", "_.mp3"),
        ("x" * 200 + ".wav", "x" * 96 + ".wav"),
    ],
)
def test_names_of_files_are_made_harmless(name: str, harmless: str) -> None:
    assert harmless_name(name) == harmless
