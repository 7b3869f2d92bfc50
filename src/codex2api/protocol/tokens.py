"""How many tokens a text is: counted where the tokenizer is installed, otherwise estimated.

The tokenizer is the optional extra ``tokenizer`` (docs/adr/0011): o200k_base, which the models of
the backend use as far as anybody outside knows. Without it, the text is cut into the pieces that
o200k_base would cut it into, and each piece is charged by its length and script. How far off that
is: docs/input-tokens.md.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module

_CJK = "\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef"
_PIECES = re.compile(
    # A word, with the one character before it that o200k_base takes along.
    r"(?:[^\w\r\n]|_)?((?:[A-Z]*[a-zß-öø-ɏ]+|[A-ZÀ-ÖØ-Þ]+[a-zß-öø-ɏ]*))"
    rf"|[^\w\r\n]?([{_CJK}]+)"
    rf"|[^\w\r\n]?([^\W\d_{_CJK}]+)"
    r"| ?(?:[^\w\s]|_)+[\r\n/]*|[0-9]{1,3}|\s*[\r\n]+|\s+(?!\S)|\s+|.",
    re.DOTALL,
)
_ACCENTED = re.compile("[ß-öø-ɏ]")

_WORD, _CHINESE = 1, 2
_LETTERS_A_TOKEN = 8
_LETTERS_A_TOKEN_ACCENTED = 5
"""Words of other Latin languages than English are cut into smaller tokens."""
_OTHER_LETTERS_A_TOKEN = 4
_CHINESE_PERCENT = 72
"""Tokens of a hundred Chinese, Japanese or Korean characters."""


def count_tokens(text: str) -> int:
    """Tokens of a text: exact for o200k_base, or an estimate where ``exact`` says so."""
    count = tokenizer()
    if count is None:
        return estimate_tokens(text)
    try:
        return count(text)
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON may carry it
        return count(text.encode("utf-8", "replace").decode())


def exact() -> bool:
    """Whether ``count_tokens`` counts; otherwise it estimates."""
    return tokenizer() is not None


def loaded() -> bool:
    """Whether ``tokenizer`` has looked for it; the first look may take a second."""
    return tokenizer.cache_info().currsize > 0


def estimate_tokens(text: str) -> int:
    """Tokens of a text without a tokenizer."""
    accented = len(_ACCENTED.findall(text)) * 200 > len(text)
    letters = _LETTERS_A_TOKEN_ACCENTED if accented else _LETTERS_A_TOKEN
    tokens = 0
    for piece in _PIECES.finditer(text):
        tokens += 1
        script = piece.lastindex
        if script is None:
            continue
        length = piece.end(script) - piece.start(script)
        if script == _WORD:
            tokens += (length - 1) // letters
        elif script == _CHINESE:
            tokens += length * _CHINESE_PERCENT // 100
        else:
            tokens += (length - 1) // _OTHER_LETTERS_A_TOKEN
    return tokens


@cache
def tokenizer(module: str = "bpe_openai._bindings") -> Callable[[str], int] | None:
    """The counting function of o200k_base, loaded once; ``None`` where it is not installed.

    The compiled part of the package is used as it is: the Python around it holds a second copy of
    the vocabulary and refuses texts of a million characters.
    """
    try:
        bindings = import_module(module)
    except ImportError:
        return None
    count: Callable[[str], int] = bindings.tokenizer_for_encoding("o200k_base").count
    return count
