"""Texts of ours between two marks, in files whose form nothing here can write anew.

Standard Python reads TOML and does not write it, and knows no YAML at all. So what is there stays
as it is, character by character, and what is ours stands between two comments.
"""

import re

from codex2api.connect.values import N_, UnsafeEditError

_BEGIN = "# >>> codex2api: written by 'codex2api connect --write'"
_END = "# <<< codex2api"

_BLOCK = re.compile(rf"(?ms)^[ \t]*{re.escape(_BEGIN)}\n.*?^[ \t]*{re.escape(_END)}\n")


def block(text: str, indent: str = "") -> str:
    """A text of whole lines between the marks."""
    lines = [_BEGIN, *text.splitlines(), _END]
    return "".join(f"{indent}{line}\n" for line in lines)


def without_blocks(text: str) -> str:
    """A text without what is ours.

    Raises:
        UnsafeEditError: A mark has lost the other one.
    """
    bare = _BLOCK.sub("", text)
    if _BEGIN in bare or _END in bare:
        raise UnsafeEditError(N_("One of the two marks around the block of codex2api is missing."))
    return bare


def as_lines(text: str | None) -> str:
    """A text with plain line ends, the last one included."""
    plain = (text or "").removeprefix("\ufeff").replace("\r\n", "\n")
    return plain if not plain or plain.endswith("\n") else f"{plain}\n"


def like(old: str | None, text: str) -> str:
    """A text with the line ends of the old one."""
    return text.replace("\n", "\r\n") if old and "\r\n" in old else text
