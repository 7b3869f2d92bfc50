import pytest
from hypothesis import given, strategies as st

from codex2api.protocol.tokens import count_tokens, estimate_tokens, exact, loaded, tokenizer
from tests.protocol.texts import CHINESE, CODE, ENGLISH, GERMAN


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("Überraschung", 3),
        ("<|endoftext|>", 7),
        ("🙂", 1),
        ("half a pair: \ud83d", 5),
    ],
)
def test_the_tokenizer_counts(text: str, tokens: int) -> None:
    assert exact()
    assert count_tokens(text) == tokens


def test_it_is_known_whether_the_first_look_is_still_to_come() -> None:
    tokenizer.cache_clear()
    assert not loaded()
    count_tokens("hello")
    assert loaded()


def test_without_the_tokenizer_there_is_no_counting_function() -> None:
    assert tokenizer("no_such_tokenizer") is None


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, CHINESE, CODE])
def test_the_estimate_is_near_the_count(text: str) -> None:
    assert estimate_tokens(text) == pytest.approx(count_tokens(text), rel=0.15)


@pytest.mark.parametrize(
    "text", ["привет, как дела?", "\ud83d", "a" * 100_000, "\n" * 100_000, "  x", "9" * 30, "_" * 9]
)
def test_any_text_has_an_estimate(text: str) -> None:
    assert 0 < estimate_tokens(text) <= len(text)


@given(st.text(max_size=200))
def test_no_token_is_less_than_a_byte(text: str) -> None:
    size = len(text.encode())

    assert estimate_tokens(text) <= size
    assert count_tokens(text) <= size
