"""Write the parts of the pages that are made from code, between their marks.

python scripts/write_reference.py
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from codex2api.api.remedies import MORE_CODES, REMEDIES
from codex2api.cli.service_files import Service, unit
from codex2api.errors import STATUS, Kind
from codex2api.metrics.catalogue import METRICS
from codex2api.settings.changes import is_taken
from codex2api.settings.layers import variable_of
from codex2api.settings.meanings import MEANINGS
from codex2api.settings.schema import ServerSettings, Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
UNIT = ROOT / "deploy" / "systemd" / "codex2api.service"

_ABOUT_UNIT = """\
# A service of the whole machine, for packages and for those who write such files by hand. It is
# what `codex2api service install --system` writes, but for the places; `make docs` makes it.
#
#   useradd --system --home-dir /var/lib/codex2api --shell /usr/sbin/nologin codex2api
#   python3 -m venv /opt/codex2api && /opt/codex2api/bin/pip install codex2api
#   cp codex2api.service /etc/systemd/system/ && systemctl daemon-reload
#   systemctl enable --now codex2api
#   sudo -u codex2api CODEX2API_HOME=/var/lib/codex2api /opt/codex2api/bin/codex2api login --device

"""


def metrics_table() -> str:
    """Every metric."""
    rows = [
        f"| `{each.name}` | {each.kind} | {' '.join(f'`{label}`' for label in each.labels)} "
        f"| {each.help} |"
        for each in METRICS
    ]
    return "\n".join(["| name | kind | labels | |", "|---|---|---|---|", *rows])


def errors_table() -> str:
    """Every kind of failure, by its status."""
    rows = [
        f"| {STATUS[kind]:d} | `{kind.value}` | {REMEDIES[kind].means} | {REMEDIES[kind].helps} |"
        for kind in sorted(Kind, key=lambda kind: STATUS[kind])
    ]
    return "\n".join(["| status | `code` | means | helps |", "|---|---|---|---|", *rows])


def codes_table() -> str:
    """Every code that is more precise than a kind."""
    rows = [f"| `{code}` | {text} |" for code, text in sorted(MORE_CODES.items())]
    return "\n".join(["| `code` | means |", "|---|---|", *rows])


def layers() -> str:
    """The rooms as the import rules have them, the outermost first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (rooms,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    there = {path.stem for path in (ROOT / "src" / "codex2api").iterdir()}
    lines = []
    for line in rooms:
        names = [name.strip(" ()") for name in line.split("|")]
        lines.append(" | ".join(name for name in names if name in there))
    return "\n".join(["```text", *(line for line in lines if line), "```"])


def settings_table(section: str) -> str:
    """Every setting of a section."""
    rows = [
        f"| `{key}` | `{_default(field)}` | {'yes' if is_taken(key) else 'no'} "
        f"| {_type(field)} | `{variable_of(key)}` | {MEANINGS[key]} |"
        for key, field in _fields(section)
    ]
    head = "| key | default | taken while serving | type | environment | meaning |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _fields(section: str) -> Iterator[tuple[str, FieldInfo]]:
    kind = Settings.model_fields[section].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    for name, field in kind.model_fields.items():
        yield f"{section}.{field.alias or name}", field


def _default(field: FieldInfo) -> str:
    default = field.default
    return json.dumps(list(default) if isinstance(default, tuple) else default)


def _type(field: FieldInfo) -> str:
    """A type as a person says it, with its bounds."""
    words = _words(field.annotation)
    bounds = [
        f"{sign} {value}"
        for limit in field.metadata
        for sign, name in (("≥", "ge"), (">", "gt"), ("≤", "le"), ("<", "lt"))
        if (value := _bound(limit, name)) is not None
    ]
    return f"{words}, {', '.join(bounds)}" if bounds else words


def _bound(limit: object, name: str) -> str | None:
    value = getattr(limit, name, None)
    return None if value is None else f"{value:,.15g}".replace(",", " ")


_WORDS = {
    bool: "yes or no",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "secret",
    type(None): "`null`",
}


def _words(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _words(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, arguments))
    if origin is dict:
        return "table"
    if origin is tuple:
        return f"list of {_words(arguments[0])}s"
    return _WORDS[kind]


PARTS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("metrics.md", "metrics"): metrics_table,
    ("errors.md", "errors"): errors_table,
    ("errors.md", "codes"): codes_table,
    ("architecture.md", "rooms"): layers,
    **{
        ("configuration.md", section): partial(settings_table, section)
        for section in Settings.model_fields
    },
}
"""Page and name of each part, and what makes it."""


def system_unit() -> str:
    """The unit for the whole machine."""
    return _ABOUT_UNIT + unit(
        Service(
            command=["/opt/codex2api/bin/codex2api", "serve", "--no-login"],
            home="/var/lib/codex2api",
            writable=[],
            drain_seconds=ServerSettings().drain_seconds,
            user="codex2api",
            state="codex2api",
        )
    )


def written(text: str, name: str, part: str) -> str:
    """A page with one of its parts made anew.

    Raises:
        ValueError: The page has no such marks.
    """
    marks = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"there is no part called {name}")
    return marks.sub(lambda found: f"{found[1]}\n{part}\n\n{found[2]}", text)


def main() -> None:
    """Write every part."""
    for (page, name), make in PARTS.items():
        path = DOCS / page
        path.write_text(written(path.read_text("utf-8"), name, make()), "utf-8")
    UNIT.write_text(system_unit(), "utf-8")


if __name__ == "__main__":
    main()
