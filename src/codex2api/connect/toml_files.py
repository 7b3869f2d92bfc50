"""Settings in TOML: what is ours is put in as text, and the result is read to prove it."""

import tomllib
from typing import Any

from codex2api.connect.blocks import as_lines, block, like, without_blocks
from codex2api.connect.json_files import merged
from codex2api.connect.values import N_, UnsafeEditError


def parsed_toml(old: str | None) -> tuple[str, dict[str, Any]]:
    """The content without what is ours, as text and as values.

    Raises:
        UnsafeEditError: It is not TOML.
    """
    bare = without_blocks(as_lines(old))
    return bare, _read(bare)


def with_blocks(old: str | None, bare: str, top: str, tables: str) -> str:
    """The content with lines before its first table, and tables at its end.

    Args:
        old: The present content, if there is one.
        bare: The same without what is ours.
        top: Lines for keys of no table; may be empty.
        tables: Whole tables.

    Raises:
        UnsafeEditError: The result would not mean what it should.
    """
    head = block(top) if top else ""
    text = f"{head}{bare}{block(tables)}"
    if _read(text) != merged(merged(_read(bare), _read(top)), _read(tables)):
        raise UnsafeEditError(N_("What is in it already contradicts what has to be added."))
    return like(old, text)


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnsafeEditError(N_("It would not be valid TOML: {error}."), error=error) from None
