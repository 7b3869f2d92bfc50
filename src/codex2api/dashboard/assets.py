"""Modules and style as browsers get them: joined, compressed, at an address of their content.

A page's module is sent together with the modules that it imports, each in a function of its own,
so that a page costs one request and not one for each of twenty small files. The language's texts
come with it. What is sent never changes under its address, and is kept for ever.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files

from codex2api.texts import LANGUAGES, SOURCE_LANGUAGE, catalogue

PREFIX = "/static/"

_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent.

    Attributes:
        kind: Its ``Content-Type``.
        packed: The content, compressed by gzip.
    """

    kind: str
    content: bytes = field(repr=False)
    packed: bytes = field(repr=False)


class Assets:
    """Everything under ``static/``.

    Args:
        sources: Texts by file name; the packaged ones if none are given.
    """

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        self._sources = _packaged() if sources is None else sources
        self._texts = {language: _texts(language) for language in LANGUAGES}
        whole = json.dumps([sorted(self._sources.items()), self._texts])
        self._digest = sha256(whole.encode()).hexdigest()[:16]
        self._made: dict[tuple[str, str], Asset] = {}

    def url(self, name: str, language: str = SOURCE_LANGUAGE) -> str:
        """Where a browser finds a file."""
        return f"{PREFIX}{self._digest}/{language}/{name}"

    def find(self, digest: str, language: str, name: str) -> Asset | None:
        """A file by the parts of its address; ``None`` if there is none, or it is another now."""
        if digest != self._digest or language not in LANGUAGES or name not in self._sources:
            return None
        made = self._made.get((language, name))
        if made is None:
            made = self._made[language, name] = self._make(language, name)
        return made

    def _make(self, language: str, name: str) -> Asset:
        content = self._content(language, name).encode()
        return Asset(_KINDS[name.rpartition(".")[2]], content, gzip.compress(content, 9, mtime=0))

    def _content(self, language: str, name: str) -> str:
        source = self._sources[name]
        if not name.endswith(".js") or not (_IMPORT.search(source) or _EXPORT.search(source)):
            return source  # style, or a classic script
        texts = json.dumps(self._texts[language], ensure_ascii=False)
        parts = [_alone(part, self._sources[part]) for part in self._needed(name)]
        return f'"use strict";\nconst TEXTS = {texts};\n{"".join(parts)}'

    def _needed(self, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """A module and all that it imports, each once and after what it needs itself."""
        if name in seen:
            raise ValueError(f"{name} imports itself")
        found: dict[str, None] = {}
        for match in _IMPORT.finditer(self._sources[name]):
            found |= dict.fromkeys(self._needed(match[2], seen | {name}))
        return [*found, name]


def _alone(name: str, source: str) -> str:
    """A module as a function that gives its exports."""
    shared = ", ".join(dict.fromkeys(_EXPORT.findall(source)))
    body = _EXPORT.sub("", _IMPORT.sub(_as_constants, source))
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {shared} }};\n}})();\n"


def _as_constants(match: re.Match[str]) -> str:
    names, module = match[1], match[2]
    if not names:
        return ""
    return f"const {{{names.replace(' as ', ': ')}}} = {_variable(module)};\n"


def _variable(name: str) -> str:
    return "$" + name.removesuffix(".js").replace("-", "_")


def _texts(language: str) -> dict[str, str]:
    """The translations of what modules say; none of the source language."""
    if language == SOURCE_LANGUAGE:
        return {}
    translated = catalogue(language).gettext
    spoken = (text for source in _packaged().values() for text in _said(source))
    return {text: translated(text) for text in spoken if translated(text) != text}


_SAID = re.compile(r'\btext\(\s*("(?:[^"\\\n]|\\.)*")')


def _said(source: str) -> Iterator[str]:
    return (str(json.loads(literal)) for literal in _SAID.findall(source))


def _packaged() -> dict[str, str]:
    folder = files(__package__).joinpath("static")
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith((".js", ".css"))
    }
