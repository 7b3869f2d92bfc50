"""Every setting there is: its type, its range and its default.

Attribute names are snake_case; in the config file they are camelCase (``backend.idleTimeout``).
Every value named *timeout* is in milliseconds; the properties that end in ``_seconds`` convert.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
)
from pydantic.alias_generators import to_camel, to_snake
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from codex2api.settings import doors

DEFAULT = "default"
"""The origin of a value that nobody has set."""


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
HeaderWord = Annotated[str, AfterValidator(_header_word)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]


class Section(BaseModel):
    """Settings of one concern; read-only."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class ServerSettings(Section):
    """Where we listen, and whom we let in."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Port = 3000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    auth: Literal["required", "none"] = "required"
    allowed_hosts: Hosts = ()
    allowed_origins: Origins = ()
    trusted_proxies: Proxies = ()
    max_body_bytes: Annotated[int, Field(ge=1024)] = 33_554_432
    max_frame_bytes: Annotated[int, Field(ge=1024)] = 16_777_216
    socket_idle_seconds: Annotated[float, Field(gt=0)] = 900
    socket_seconds: Annotated[float, Field(gt=0)] = 3600
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 30
    api_keys: Keys = ()

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach us."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


class OAuthSettings(Section):
    """How people sign in."""

    issuer: Address = "https://auth.openai.com"
    client_id: HeaderWord = "app_EMoamEEZ73f0CkXaXp7hrann"
    redirect_uri: Address = "http://localhost:1455/auth/callback"
    local_server_port: Port = 1455
    wait_seconds: Annotated[float, Field(gt=0, le=3600)] = 60

    @property
    def callback_ports(self) -> tuple[int, ...]:
        """Where the browser may come back to: the usual port has a registered second one."""
        return (
            (self.local_server_port, 1457)
            if self.local_server_port == 1455
            else (self.local_server_port,)
        )


class BackendSettings(Section):
    """Where the codex backend is, and how long we wait for it."""

    url: Address = "https://chatgpt.com/backend-api"
    timeout: Milliseconds = 120_000
    connect_timeout: Milliseconds = 10_000
    idle_timeout: Milliseconds = 300_000
    client_version: HeaderWord = "0.160.0"
    originator: HeaderWord = "codex_cli_rs"
    proxy: Address | None = None

    @property
    def timeout_seconds(self) -> float:
        """Until the backend's response headers."""
        return self.timeout / 1000

    @property
    def connect_timeout_seconds(self) -> float:
        """Until the connection stands."""
        return self.connect_timeout / 1000

    @property
    def idle_timeout_seconds(self) -> float:
        """Between two upstream events."""
        return self.idle_timeout / 1000


class LoggingSettings(Section):
    """What is written down."""

    level: Annotated[Literal["error", "warn", "info", "debug"], BeforeValidator(_level)] = "info"
    dir: Annotated[str, Field(min_length=1)] = "logs"
    enable_request_logging: bool = False
    format: Literal["auto", "console", "json"] = "auto"


class CodexSettings(Section):
    """How requests are put to the models."""

    mode: bool = True
    prompt_policy: Literal["fill", "prepend", "off"] = "fill"
    default_reasoning_effort: Effort = "medium"
    default_text_verbosity: Literal["low", "medium", "high"] = "medium"
    reasoning_style: Literal["reasoning_content", "think-tags", "o3", "none"] = "reasoning_content"
    strict: bool = False
    max_choices: Annotated[int, Field(ge=1, le=128)] = 8
    keepalive_seconds: Annotated[float, Field(gt=0, le=3600)] = 15
    shape: Literal["auto", "lite", "classic"] = "auto"
    cache_meter: bool = False


class AccountsSettings(Section):
    """How several accounts share the work."""

    strategy: Literal["balanced", "fill-first", "round-robin", "pinned"] = "balanced"
    order: Labels = ()
    pinned: Label = "default"
    reserve_percent: Annotated[float, Field(ge=0, lt=100)] = 0


class StoreSettings(Section):
    """Where state of our own lives."""

    url: Postgres | None = None
    secret_key: Secrets = ()
    responses_ttl_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    max_file_bytes: Annotated[int, Field(ge=1024)] = 536_870_912


class LedgerSettings(Section):
    """What is remembered of requests; never what was said."""

    retention_days: Annotated[int, Field(ge=0, le=36_500)] = 90


class Settings(BaseSettings):
    """All settings, effective and read-only; made by ``load_settings``.

    ``Settings()`` is the defaults: it never reads the environment by itself.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    server: ServerSettings = ServerSettings()
    oauth: OAuthSettings = OAuthSettings()
    backend: BackendSettings = BackendSettings()
    logging: LoggingSettings = LoggingSettings()
    codex: CodexSettings = CodexSettings()
    accounts: AccountsSettings = AccountsSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings = LedgerSettings()

    _home: Path = PrivateAttr(default=Path(".codex2api"))
    _config_file: Path | None = PrivateAttr(default=None)
    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def merged(cls, layers: Iterable[Mapping[str, Any]]) -> "Settings":
        """The settings of several layers of sections, the strongest first.

        Raises:
            ValidationError: A value is bad.
        """
        return cls.model_validate({"layers": list(layers)})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (read by layers.py, with origins)
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the layers, and nothing that pydantic-settings would find by itself."""
        given = init_settings()
        layers = given.pop("layers", ())
        return tuple(_LayerSource(settings_cls, layer) for layer in (given, *layers))

    @property
    def home(self) -> Path:
        """Where configuration, data and logs live: ``CODEX2API_HOME``."""
        return self._home

    @property
    def data_dir(self) -> Path:
        """Where tokens and keys live."""
        return self._home / "data"

    @property
    def database(self) -> Path:
        """Where state of our own lies, if it lies on this machine."""
        return self.data_dir / "codex2api.db"

    @property
    def logs_dir(self) -> Path:
        """Where log files go; a relative ``logging.dir`` lies in the home."""
        return self._home / Path(self.logging.dir).expanduser()

    @property
    def config_file(self) -> Path | None:
        """The config file that was read, if there was one."""
        return self._config_file

    def origin(self, key: str) -> str:
        """Where the value of ``backend.idleTimeout``, say, is from; ``default`` if from nowhere."""
        return self._origins.get(key, DEFAULT)

    def by_key(self) -> dict[str, Any]:
        """Every value, secrets included, by its dotted key."""
        return {
            f"{section}.{to_camel(name)}": value
            for section in type(self).model_fields
            for name, value in getattr(self, section)
        }

    def with_values_of(self, other: "Settings", keys: Iterable[str]) -> "Settings":
        """These settings, but for some keys, which have the value and the origin of another."""
        sections: dict[str, dict[str, Any]] = {}
        origins, values = dict(self._origins), other.by_key()
        for key in keys:
            section, _, name = key.partition(".")
            sections.setdefault(section, {})[to_snake(name)] = values[key]
            origins.pop(key, None)
            if other.is_set(key):
                origins[key] = other.origin(key)
        update = {
            name: getattr(self, name).model_copy(update=fields) for name, fields in sections.items()
        }
        copy = self.model_copy(update=update)
        copy._origins = origins  # noqa: SLF001 (one of ours)
        return copy

    def is_set(self, key: str) -> bool:
        """Whether somebody has set this key, be it to its default value."""
        return self.origin(key) != DEFAULT


class _LayerSource(PydanticBaseSettingsSource):
    """One layer of values, as pydantic-settings takes its sources."""

    def __init__(self, settings_cls: type[BaseSettings], layer: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._layer = dict(layer)

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (pydantic's)
        return self._layer.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._layer


def known_keys() -> list[str]:
    """Every key in the config file's spelling: ``backend.idleTimeout``."""
    return [
        f"{section}.{name}"
        for section, values in Settings().model_dump(by_alias=True).items()
        for name in values
    ]
