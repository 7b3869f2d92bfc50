"""What the account commands need, put together without a server."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex2api.cli.terminal import command_logs

if TYPE_CHECKING:
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.accounts.ports import AccountStore
    from codex2api.auth.login import SignIn
    from codex2api.settings import Settings
    from codex2api.upstream.backend import Backend


@dataclass(frozen=True, slots=True)
class SigningDesk:
    """Accounts, as the command line handles them itself.

    A running server shares the files, or the database: it notices a new sign-in by itself.
    """

    store: "AccountStore"
    keeper: "TokenKeeper"
    sign_in: "SignIn"
    backend: "Backend"


@asynccontextmanager
async def signing_desk(settings: "Settings") -> AsyncIterator[SigningDesk]:
    """Build it; on leaving, refreshes under way are waited for."""
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.auth.login import SignIn
    from codex2api.auth.oauth import OAuthClient
    from codex2api.cli.accounts import account_store
    from codex2api.upstream.backend import Backend
    from codex2api.upstream.http import Http

    command_logs()
    connect_timeout = settings.backend.connect_timeout_seconds
    async with (
        Http(connect_timeout=connect_timeout, proxy=settings.backend.proxy) as http,
        account_store(settings) as store,
    ):
        client = OAuthClient(
            lambda: http.session,
            issuer=settings.oauth.issuer,
            client_id=settings.oauth.client_id,
            redirect_uri=settings.oauth.redirect_uri,
            originator=settings.backend.originator,
            now=time.time,
        )
        backend = Backend(
            http,
            url=settings.backend.url,
            originator=settings.backend.originator,
            client_version=settings.backend.client_version,
            response_timeout=settings.backend.timeout_seconds,
        )
        keeper = TokenKeeper(store, client, now=time.time)
        ports = settings.oauth.callback_ports
        sign_in = SignIn(store, client, now=time.time, ports=ports)
        try:
            yield SigningDesk(store, keeper, sign_in, backend)
        finally:
            await sign_in.close()
            await keeper.settle()
