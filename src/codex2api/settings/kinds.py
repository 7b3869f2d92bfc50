"""The kinds of values that settings have, in all the forms that their sources write them in."""

import json
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from codex2api.settings import doors


def _list(value: object) -> object:
    """``a, b`` as a list: the form lists have in the environment and on the command line."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _level(value: object) -> object:
    """``WARNING`` is a spelling of ``warn``."""
    word = value.lower() if isinstance(value, str) else value
    return "warn" if word == "warning" else word


def _address(value: str) -> str:
    """An http or https address without a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not value.isprintable():
        raise ValueError("an address that begins with http:// or https:// is expected")
    return value.rstrip("/")


def _postgres(value: str) -> str:
    """The address of a PostgreSQL, in the one spelling that libpq and asyncpg share."""
    parts = urlsplit(value)
    if parts.scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError("an address that begins with postgresql:// is expected")
    named = parts.hostname or "host=" in parts.query
    if not named or not parts.path.strip("/") or not value.isprintable() or " " in value:
        raise ValueError("postgresql://USER:PASSWORD@HOST:PORT/DATABASE is expected")
    return f"postgresql{value[value.index('://') :]}"


def _header_word(value: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("one word of plain ASCII is expected")
    return value


def _label(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
        raise ValueError("a label of letters, digits, '-' and '_' is expected")
    return value


def _rows(value: object) -> object:
    """``claude-*=gpt-5.5|gpt-5.4, …`` or JSON as a table: its forms outside of the config file."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    elif isinstance(value, str):
        pairs = (part.partition("=") for part in value.split(",") if part.strip())
        value = {pattern.strip(): models for pattern, _, models in pairs}
    if not isinstance(value, dict):
        return value
    return {name: models or ("",) for name, models in value.items()}


def _models(value: object) -> object:
    """Models in the order of preference; one of them may stand alone."""
    return [part.strip() for part in value.split("|")] if isinstance(value, str) else value


def _own_key(key: SecretStr) -> SecretStr:
    doors.own_key(key.get_secret_value())
    return key


Hosts = Annotated[tuple[Annotated[str, AfterValidator(doors.host)], ...], BeforeValidator(_list)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(doors.origin)], ...], BeforeValidator(_list)
]
Proxies = Annotated[
    tuple[Annotated[str, AfterValidator(doors.network)], ...], BeforeValidator(_list)
]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_list)]
Keys = Annotated[tuple[Annotated[SecretStr, AfterValidator(_own_key)], ...], BeforeValidator(_list)]
Port = Annotated[int, Field(ge=0, le=65535)]
Milliseconds = Annotated[int, Field(gt=0, le=86_400_000)]
Address = Annotated[str, AfterValidator(_address)]
Label = Annotated[str, AfterValidator(_label)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_list)]
Postgres = Annotated[str, AfterValidator(_postgres)]
Models = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1), BeforeValidator(_models)
]
ModelTable = Annotated[dict[str, Models], BeforeValidator(_rows)]
HeaderWord = Annotated[str, AfterValidator(_header_word)]
Level = Annotated[Literal["error", "warn", "info", "debug"], BeforeValidator(_level)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]
