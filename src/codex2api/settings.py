"""Every setting, typed, in one place; read from four layers, the strongest first.

Command line, environment, config file, default. In the JSON file keys are camelCase
(``backend.idleTimeout``), in the environment ``CODEX2API_BACKEND__IDLE_TIMEOUT``. Only ``app`` and
``cli`` import this module; everybody else is handed plain values.
"""

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel, to_snake
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

Layer = dict[str, Any]

_SHORT_NAMES = {
    "PORT": "server.port",
    "HOST": "server.host",
    "LOG_LEVEL": "logging.level",
    "ENABLE_REQUEST_LOGGING": "logging.enable_request_logging",
    "DATABASE_URL": "store.url",
    "CODEX2API_API_KEYS": "server.api_keys",
}


class SettingsError(ValueError):
    """A setting is unknown or bad; the text is one sentence for a person."""


def _split(value: Any) -> Any:
    """``a,b`` as a list, for the environment and the command line."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Milliseconds = Annotated[int, Field(gt=0, le=86_400_000)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """Settings of one concern."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Section):
    """Where we listen, and whom we let in."""

    host: str = "127.0.0.1"
    port: Port = 3000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    auth: Literal["required", "none"] = "required"
    allowed_hosts: Names = ()
    allowed_origins: Names = ()
    trusted_proxies: Names = ()
    max_body_bytes: Annotated[int, Field(ge=1024)] = 33_554_432
    drain_seconds: Annotated[float, Field(ge=0)] = 30
    api_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), Field(repr=False)
    ] = ()


class OAuthSettings(Section):
    """How people sign in."""

    issuer: str = "https://auth.openai.com"
    client_id: str = "app_EMoamEEZ73f0CkXaXp7hrann"
    redirect_uri: str = "http://localhost:1455/auth/callback"
    local_server_port: Port = 1455
    wait_seconds: Annotated[float, Field(gt=0)] = 60


class BackendSettings(Section):
    """Where the codex backend is, and how long we wait for it."""

    url: str = "https://chatgpt.com/backend-api"
    timeout: Milliseconds = 120_000
    connect_timeout: Milliseconds = 10_000
    idle_timeout: Milliseconds = 300_000
    client_version: str = "0.160.0"
    originator: str = "codex_cli_rs"
    proxy: str | None = None


class LoggingSettings(Section):
    """What is written down."""

    level: Literal["error", "warn", "info", "debug"] = "info"
    dir: str = "logs"
    enable_request_logging: bool = False
    format: Literal["auto", "console", "json"] = "auto"


class CodexSettings(Section):
    """How requests are put to the models."""

    mode: bool = True
    prompt_policy: Literal["fill", "prepend", "off"] = "fill"
    default_reasoning_effort: str = "medium"
    default_text_verbosity: Literal["low", "medium", "high"] = "medium"
    reasoning_style: Literal["reasoning_content", "think-tags", "o3", "none"] = "reasoning_content"
    shape: Literal["auto", "lite", "classic"] = "auto"
    strict: bool = False
    keepalive_seconds: Annotated[float, Field(gt=0)] = 15


class AccountsSettings(Section):
    """How several accounts share the work."""

    strategy: Literal["balanced"] = "balanced"


class StoreSettings(Section):
    """Where state of our own lives."""

    url: str | None = None
    responses_ttl_days: Annotated[int, Field(ge=1)] = 30


class Settings(Section):
    """All settings; see ``docs/configuration.md``."""

    server: ServerSettings = ServerSettings()
    oauth: OAuthSettings = OAuthSettings()
    backend: BackendSettings = BackendSettings()
    logging: LoggingSettings = LoggingSettings()
    codex: CodexSettings = CodexSettings()
    accounts: AccountsSettings = AccountsSettings()
    store: StoreSettings = StoreSettings()

    @property
    def home(self) -> Path:
        """``CODEX2API_HOME``: where configuration, data and logs live."""
        return home_folder()

    @property
    def data_dir(self) -> Path:
        """Where tokens and keys are."""
        return self.home / "data"

    @property
    def logs_dir(self) -> Path:
        """Where log files go; a relative ``logging.dir`` lies in the home."""
        return self.home / self.logging.dir


class _Environment(BaseSettings):
    """The same sections, as the environment spells them."""

    model_config = SettingsConfigDict(env_prefix="CODEX2API_", env_nested_delimiter="__")

    server: ServerSettings = ServerSettings()
    oauth: OAuthSettings = OAuthSettings()
    backend: BackendSettings = BackendSettings()
    logging: LoggingSettings = LoggingSettings()
    codex: CodexSettings = CodexSettings()
    accounts: AccountsSettings = AccountsSettings()
    store: StoreSettings = StoreSettings()


def home_folder() -> Path:
    """The home folder that this process uses."""
    return Path(os.environ.get("CODEX2API_HOME") or "~/.codex2api").expanduser()


def config_file(named: Path | None = None) -> Path | None:
    """The config file that counts: the named one, else the first that exists.

    Raises:
        SettingsError: A file was named and does not exist.
    """
    chosen = named or os.environ.get("CONFIG_PATH")
    if chosen:
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise SettingsError(f"The config file {path} does not exist.")
        return path
    usual = (home_folder() / "config.json", Path("~/.chatgpt-codex-router/config.json"))
    return next((path.expanduser() for path in usual if path.expanduser().is_file()), None)


def load_settings(options: Mapping[str, Any] | None = None, config: Path | None = None) -> Settings:
    """The effective settings.

    Args:
        options: From the command line, by dotted name (``server.port``); ``None`` values count as
            not given.
        config: A config file that must exist.

    Raises:
        SettingsError: Something is unknown or bad; names the key, the value and its source.
    """
    return load_with_origins(options, config)[0]


def load_with_origins(
    options: Mapping[str, Any] | None = None, config: Path | None = None
) -> tuple[Settings, dict[str, str]]:
    """As ``load_settings``, with the source of each value by its dotted camelCase name."""
    layers = _layers(options or {}, config_file(config))
    merged: Layer = {}
    for layer in reversed(layers.values()):
        _merge(merged, layer)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise _explain(error, layers) from None
    origins = {name: _origin(name, layers) for name, _ in flatten(settings.model_dump())}
    return settings, {camel(name): origin for name, origin in origins.items()}


def flatten(values: Layer, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its dotted name."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def camel(dotted: str) -> str:
    """``backend.idle_timeout`` as the config file spells it."""
    return ".".join(to_camel(step) for step in dotted.split("."))


def _layers(options: Mapping[str, Any], path: Path | None) -> dict[str, Layer]:
    """What each source says, strongest first."""
    given = {name: value for name, value in options.items() if value is not None}
    layers = {"the command line": _nest(given), "the environment": _environment()}
    if path is not None:
        layers[f"the config file {path}"] = _read(path)
    return layers


def _environment() -> Layer:
    layer = {
        name: value
        for name, value in EnvSettingsSource(_Environment)().items()
        if isinstance(value, dict)
    }
    short = {
        dotted: os.environ[name] for name, dotted in _SHORT_NAMES.items() if name in os.environ
    }
    found = _nest(short)
    _merge(found, layer)
    return found


def _read(path: Path) -> Layer:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"The config file {path} cannot be read: {error}.") from None
    if not isinstance(values, dict):
        raise SettingsError(f"The config file {path} must hold one JSON object.")
    return _snake(values)


def _snake(values: Layer) -> Layer:
    return {
        to_snake(name): _snake(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }


def _nest(flat: Mapping[str, Any]) -> Layer:
    nested: Layer = {}
    for dotted, value in flat.items():
        section, _, name = dotted.partition(".")
        nested.setdefault(section, {})[name] = value
    return nested


def _merge(into: Layer, layer: Layer) -> None:
    for name, value in layer.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, dict) else value


def _origin(dotted: str, layers: Mapping[str, Layer]) -> str:
    section, _, name = dotted.partition(".")
    for source, layer in layers.items():
        values = layer.get(section)
        if isinstance(values, dict) and name in values:
            return source
    return "default"


def _explain(error: ValidationError, layers: Mapping[str, Layer]) -> SettingsError:
    """The first problem, as one sentence."""
    problem = error.errors()[0]
    dotted = ".".join(str(step) for step in problem["loc"][:2])
    source = _origin(dotted, layers)
    source = source if source != "default" else list(layers)[-1]
    if problem["type"] != "extra_forbidden":
        shown = "a secret" if dotted == "server.api_keys" else repr(problem["input"])
        reason = problem["msg"][0].lower() + problem["msg"][1:]
        return SettingsError(f"{camel(dotted)} = {shown} from {source} is not valid: {reason}.")
    known = [camel(name) for name, _ in flatten(Settings().model_dump())]
    near = difflib.get_close_matches(camel(dotted), known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return SettingsError(f"Unknown setting {camel(dotted)} in {source}.{hint}")
