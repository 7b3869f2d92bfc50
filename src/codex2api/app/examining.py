"""The doctor beside a running server: it looks with the server's own keeper and connections."""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from codex2api import __version__
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.lookout import UsageDesk
from codex2api.accounts.ports import AccountStore
from codex2api.doctor import Finding, PortUse, Subject, examine
from codex2api.settings import Settings
from codex2api.upstream.backend import Backend
from codex2api.upstream.models import LiveModels


class Parts(Protocol):
    """What the doctor looks with."""

    @property
    def accounts(self) -> AccountStore:
        """Where the accounts are kept."""

    @property
    def keeper(self) -> TokenKeeper:
        """Refreshes their tokens."""

    @property
    def usage(self) -> UsageDesk:
        """Tells their limits."""

    @property
    def models(self) -> LiveModels:
        """Tells their models."""

    @property
    def backend(self) -> Backend:
        """Asks the codex backend."""


def examining(settings: Settings, parts: Parts) -> Callable[[], Awaitable[list[Finding]]]:
    """What examines the installation of this server whenever it is called."""
    subject = Subject(
        version=__version__,
        home=settings.home,
        logs=settings.logs_dir,
        config_file=settings.config_file,
        database=settings.database,
        store_url=settings.store.url,
        host=settings.server.host,
        port=settings.server.port,
        port_use=PortUse.OURS,
        callback_ports=settings.oauth.callback_ports,
        environment=dict(os.environ),
        has_proxy=settings.backend.proxy is not None,
        backend_url=settings.backend.url,
        issuer=settings.oauth.issuer,
        accounts=parts.accounts,
        keeper=parts.keeper,
        usage=parts.usage.usage,
        models=parts.models.refreshed,
        backend=parts.backend,
        now=parts.backend.now,
    )
    return partial(examine, subject)
