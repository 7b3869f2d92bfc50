"""Settings in YAML: what is ours is put in as text, where the form of the file is beyond doubt."""

import re

from codex2api.connect.blocks import as_lines, block, like, without_blocks
from codex2api.connect.values import N_, UnsafeEditError

_KEY = re.compile(r"^([A-Za-z0-9_-]+)[ \t]*:(?=\s)", re.MULTILINE)
_UNINDENTED = re.compile(r"^[^\s#].*", re.MULTILINE)


def with_keys(old: str | None, lines: str) -> str:
    """The content, a mapping, with further keys.

    Args:
        old: The present content, if there is one.
        lines: ``key: value`` in each.

    Raises:
        UnsafeEditError: It has one of them already, or is not written as one key a line.
    """
    bare = _mapping(old)
    taken = sorted(set(_KEY.findall(bare)) & set(_KEY.findall(lines)))
    if taken:
        raise UnsafeEditError(N_("It sets '{key}' already."), key=taken[0])
    return like(old, f"{bare}{block(lines)}")


def with_item(old: str | None, key: str, item: str, head: str) -> str:
    """The content, a mapping, with a further item in the list of one key.

    Args:
        old: The present content, if there is one.
        key: Of the list.
        item: Lines that begin with ``- ``.
        head: Lines that a new file begins with.

    Raises:
        UnsafeEditError: Where the item belongs cannot be told for sure.
    """
    bare = _mapping(old)
    if not bare.strip():
        return f"{head}{key}:\n{block(item, '  ')}"
    place = re.search(rf"^{key}[ \t]*:[ \t]*(#.*)?\n", bare, re.MULTILINE)
    if place is None and key in _KEY.findall(bare):
        raise UnsafeEditError(N_("Its '{key}' is not written as one item a line."), key=key)
    if place is None:
        return like(old, f"{bare}{key}:\n{block(item, '  ')}")
    rest = bare[place.end() :]
    first = re.match(r"(?:[ \t]*(?:#.*)?\n)*([ \t]*)-[ \t]", rest)
    if first is None and not re.match(r"(?:[ \t]*(?:#.*)?\n)*(?=\S|\Z)", rest):
        raise UnsafeEditError(N_("Its '{key}' is not written as one item a line."), key=key)
    indent = first[1] if first else "  "
    return like(old, f"{bare[: place.end()]}{block(item, indent)}{rest}")


def with_entry(old: str | None, item: str, own: str) -> str:
    """The content, a list, with a further item.

    Args:
        old: The present content, if there is one.
        item: Lines that begin with ``- ``.
        own: A line of the item that no other item may have.

    Raises:
        UnsafeEditError: It is not written as one item a line, or has this one already.
    """
    bare = without_blocks(as_lines(old))
    if any(not line.startswith("- ") for line in _UNINDENTED.findall(bare)):
        raise UnsafeEditError(N_("It is not written as a list with one item a line."))
    if re.search(rf"^[- ]*{re.escape(own)}[ \t]*$", bare, re.MULTILINE):
        raise UnsafeEditError(N_("It has '{own}' already."), own=own)
    return like(old, f"{bare}{block(item)}")


def _mapping(old: str | None) -> str:
    """The content without what is ours.

    Raises:
        UnsafeEditError: It is not written as a mapping with one key a line.
    """
    bare = without_blocks(as_lines(old))
    begun = False
    for line in _UNINDENTED.findall(bare):
        is_start = line.rstrip() == "---" and not begun
        if not (is_start or _KEY.match(f"{line}\n") or line.startswith("- ")):
            raise UnsafeEditError(N_("It is not written as one key a line."))
        begun = True
    return bare
