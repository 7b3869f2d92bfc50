"""Every setting, typed, in one place; read from four layers, the strongest first.

Command line, environment, config file, default. Only ``app`` and ``cli`` import this room;
everybody else is handed plain values.
"""

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from codex2api.settings.layers import (
    Given,
    Layer,
    SettingsError,
    find_file,
    from_environment,
    from_file,
    from_options,
)
from codex2api.settings.replicas import check_replicas
from codex2api.settings.schema import DEFAULT, Settings, known_keys

__all__ = [
    "DEFAULT",
    "SECRET_KEYS",
    "Settings",
    "SettingsError",
    "check_key",
    "check_value",
    "find_home",
    "load_settings",
    "told",
]

SECRET_KEYS = frozenset({"server.apiKeys", "store.url", "store.secretKey", "backend.proxy"})
"""Keys whose values no error and no listing shows."""


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    config_path: Path | None = None,
) -> Settings:
    """The effective settings.

    Args:
        overrides: From the command line, by dotted key (``server.port``); ``None`` values count
            as not given.
        env: The environment; the process's own if none is passed.
        config_path: A config file that must exist (``--config``).

    Raises:
        SettingsError: A setting is unknown or bad; names key, value and source.
    """
    env = os.environ if env is None else env
    home = find_home(env)
    path = find_file(env, config_path, home)
    layers = [from_options(overrides or {}), from_environment(env)]
    if path is not None:
        layers.append(from_file(path))
    settings = _merge(layers)
    check_replicas(settings.store)
    settings._home, settings._config_file = home, path  # noqa: SLF001 (the one place that makes them)
    settings._origins = {  # noqa: SLF001
        key: given.source for layer in reversed(layers) for key, given in layer.items()
    }
    return settings


def find_home(env: Mapping[str, str]) -> Path:
    """``CODEX2API_HOME``, else ``~/.codex2api``.

    Raises:
        SettingsError: This user has no home, and no other folder is named.
    """
    try:
        return Path(env.get("CODEX2API_HOME") or "~/.codex2api").expanduser().absolute()
    except RuntimeError:
        raise SettingsError("This user has no home folder; set CODEX2API_HOME.") from None


def told(settings: Settings, key: str) -> str:
    """A setting as the log names it: ``server.port = 4000``; a secret's value is hidden."""
    return f"{key} = {_shown(key, settings.by_key()[key])}"


def check_key(key: str) -> None:
    """Refuse a key that is none.

    Raises:
        SettingsError: Names the nearest key there is.
    """
    if key not in known_keys():
        raise SettingsError(f"There is no setting {key}; the nearest is {_nearest(key)}.")


def check_value(key: str, given: Given) -> Any:
    """The value as its setting takes it, in JSON form.

    Raises:
        SettingsError: Unknown key or bad value.
    """
    settings = _merge([{key: given}])
    value = settings.by_key()[key]
    if isinstance(value, tuple) and any(isinstance(each, SecretStr) for each in value):
        return [each.get_secret_value() for each in value]  # whose JSON form would be asterisks
    section, _, name = key.partition(".")
    return settings.model_dump(mode="json", by_alias=True)[section][name]


def _merge(layers: Sequence[Layer]) -> Settings:
    for layer in layers:
        for key, given in layer.items():
            if key not in known_keys():
                raise SettingsError(_unknown(key, given))
    try:
        settings = Settings.merged(_nested(layer) for layer in layers)
    except ValidationError as error:
        raise SettingsError(_bad(error, layers)) from None
    _refuse_open_door(settings)
    return settings


def _nested(layer: Layer) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for key, given in layer.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = given.value
    return nested


def _unknown(key: str, given: Given) -> str:
    shown = _shown(key, given.value)
    if key in Settings.model_fields:
        return f"{key} = {shown} ({given.source}) must be an object, such as {_nearest(key)} in it."
    return f"There is no setting {key} = {shown} ({given.source}); the nearest is {_nearest(key)}."


def _bad(error: ValidationError, layers: Sequence[Layer]) -> str:
    """The first problem as one sentence."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in problem["loc"][:2])
    given = next((layer[key] for layer in layers if key in layer), Given(None, DEFAULT))
    reason = problem["msg"].removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    return f"{key} = {_shown(key, given.value)} ({given.source}) is not valid: {reason}."


def _refuse_open_door(settings: Settings) -> None:
    server = settings.server
    if server.auth == "none" and not server.on_loopback:
        raise SettingsError(
            f"server.auth = 'none' is possible on a loopback address only, and server.host is "
            f"{server.host!r}: without keys, whoever reaches the port could use the account."
        )


def _shown(key: str, value: Any) -> str:
    text = repr(value)
    if key in SECRET_KEYS:
        return "(hidden)"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _nearest(key: str) -> str:
    lower = {name.lower(): name for name in known_keys()}
    close = difflib.get_close_matches(key.lower(), lower, n=1, cutoff=0.0)
    return lower[close[0]]
