"""The installation that is examined, as plain values and the ports that its accounts need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.ports import AccountStore
from codex2api.upstream.backend import Backend


class PortUse(Enum):
    """Who has the server's port."""

    FREE = auto()
    OURS = auto()
    OTHER_HOME = auto()
    STRANGER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What there is to know of an installation before looking closer.

    Attributes:
        version: Of codex2api.
        home: The folder of everything.
        logs: The folder of the log files.
        config_file: The one that was read, and is valid.
        database: The SQLite file, whether it is there or not.
        store_url: The PostgreSQL in its place, if there is one; it may hold a password.
        host: Address that the server listens on.
        port: Port that the server listens on.
        port_use: Who has it.
        callback_ports: Where a browser may come back to; 0 is any.
        environment: Variables of the process.
        has_proxy: Whether ``backend.proxy`` is set.
        backend_url: Where the backend is.
        issuer: Where people sign in.
        accounts: Who is signed in.
        keeper: Refreshes their tokens.
        backend: Asks for their models and limits.
        now: Unix seconds.
    """

    version: str
    home: Path
    logs: Path
    config_file: Path | None
    database: Path
    store_url: str | None = field(repr=False)
    host: str
    port: int
    port_use: PortUse
    callback_ports: tuple[int, ...]
    environment: Mapping[str, str] = field(repr=False)
    has_proxy: bool
    backend_url: str
    issuer: str
    accounts: AccountStore
    keeper: TokenKeeper
    backend: Backend
    now: Callable[[], float]
