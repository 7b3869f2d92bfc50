"""The layers that settings are read from. A layer maps dotted keys to what somebody wrote.

Nothing is judged here but what cannot be a layer at all: a file that is not JSON, say.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex2api.settings.schema import known_keys

PREFIX = "CODEX2API_"
LEGACY_FILE = "~/.chatgpt-codex-router/config.json"

SHORT_NAMES = {
    "PORT": "server.port",
    "HOST": "server.host",
    "LOG_LEVEL": "logging.level",
    "ENABLE_REQUEST_LOGGING": "logging.enableRequestLogging",
    "DATABASE_URL": "store.url",
    "CODEX2API_API_KEYS": "server.apiKeys",
    "CODEX2API_SECRET_KEY": "store.secretKey",
}
"""Environment names besides the regular ``CODEX2API_SECTION__KEY``, which wins over these."""

_FROM_FILES = {
    f"{name}_FILE": name for name in ("DATABASE_URL", "CODEX2API_API_KEYS", "CODEX2API_SECRET_KEY")
}
"""What containers are given as files, so that no listing of an environment shows it."""

_NOT_SETTINGS = {"CODEX2API_HOME", "CODEX2API_KEY", *SHORT_NAMES, *_FROM_FILES}
"""Names of ours that mean something else; ``CODEX2API_KEY`` is where clients have their key."""


class SettingsError(ValueError):
    """A setting is unknown or bad; the text is one sentence or two for a person."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody wrote it.

    Attributes:
        source: Where, as a person would say it: ``environment variable PORT``.
    """

    value: Any
    source: str


Layer = dict[str, Given]


def from_options(options: Mapping[str, Any]) -> Layer:
    """What the command line says; ``None`` is an option that was not given."""
    return {
        key: Given(value, "command line") for key, value in options.items() if value is not None
    }


def from_environment(env: Mapping[str, str]) -> Layer:
    """What the environment says; an empty variable says nothing.

    Raises:
        SettingsError: A file that it names cannot be read.
    """
    env = {**_in_files(env), **env}
    layer = {
        key: Given(env[name], f"environment variable {name}")
        for name, key in SHORT_NAMES.items()
        if env.get(name)
    }
    for name, text in env.items():
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS and text:
            layer[key_of(name)] = Given(plain(text), f"environment variable {name}")
    return layer


def _in_files(env: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for variable, name in _FROM_FILES.items():
        if not env.get(variable):
            continue
        try:
            found[name] = Path(env[variable]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise SettingsError(f"The file named by {variable} cannot be read: {reason}.") from None
        if not found[name]:  # a secret that was never filled in must not count as none
            raise SettingsError(f"The file named by {variable} is empty.")
    return found


def from_file(path: Path) -> Layer:
    """What a config file says.

    Raises:
        SettingsError: It cannot be read, or is not a JSON object of sections.
    """
    source = f"config file {path}"
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"The {source} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The {source} is not UTF-8 text.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise SettingsError(f"The {source} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"The {source} must hold one JSON object.")
    return {key: Given(value, source) for key, value in _flat(content)}


def find_file(env: Mapping[str, str], named: Path | None, home: Path) -> Path | None:
    """The config file that counts: the named one, else the first usual one that exists.

    Raises:
        SettingsError: A file was named and is not there.
    """
    candidates = possible_files(env, named, home)
    if named is not None:
        return _existing(candidates[0], "--config")
    if env.get("CONFIG_PATH"):
        return _existing(candidates[0], "CONFIG_PATH")
    return next((path for path in candidates if path.is_file()), None)


def possible_files(env: Mapping[str, str], named: Path | None, home: Path) -> list[Path]:
    """Where the config file is or might appear, the one that counts most first."""
    if named is not None:
        return [named.expanduser()]
    if env.get("CONFIG_PATH"):
        return [Path(env["CONFIG_PATH"]).expanduser()]
    usual = [home / "config.json"]
    with contextlib.suppress(RuntimeError):  # a user without a home, as in some containers
        usual.append(Path(LEGACY_FILE).expanduser())
    return usual


def variable_of(key: str) -> str:
    """``backend.idleTimeout`` as the environment spells it."""
    return PREFIX + re.sub(r"([A-Z])", r"_\1", key).replace(".", "__").upper()


def key_of(variable: str) -> str:
    """The key that an environment variable of ours sets, known or not."""
    known = {variable_of(key): key for key in known_keys()}
    spelled = variable.removeprefix(PREFIX).lower().replace("__", ".")
    return known.get(variable) or re.sub(r"_(\w)", lambda found: found[1].upper(), spelled)


def plain(text: str) -> Any:
    """JSON where it is unmistakably meant (a list, null), else the text itself."""
    if text == "null" or text.startswith("["):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _flat(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for section, values in content.items():
        if not isinstance(values, dict):
            yield section, values
            continue
        for name, value in values.items():
            yield f"{section}.{name}", value


def _existing(path: Path, wish: str) -> Path:
    if not path.is_file():
        raise SettingsError(f"The config file {path} named by {wish} does not exist.")
    return path
