"""The doctor beside a running server: it looks with the server's own keeper and connections."""

import os
from collections.abc import Awaitable, Callable
from functools import partial

from codex2api import __version__
from codex2api.app.lasting import Lasting
from codex2api.doctor import Finding, PortUse, Subject, examine
from codex2api.settings import Settings


def examining(settings: Settings, lasting: Lasting) -> Callable[[], Awaitable[list[Finding]]]:
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
        accounts=lasting.accounts,
        keeper=lasting.keeper,
        usage=lasting.usage.usage,
        models=lasting.models.refreshed,
        backend=lasting.backend,
        now=lasting.backend.now,
    )
    return partial(examine, subject)
