"""What the account commands need, put together without a server."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex2api.cli.terminal import command_logs

if TYPE_CHECKING:
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.accounts.lookout import UsageDesk
    from codex2api.accounts.ports import AccountStore
    from codex2api.auth.login import SignIn
    from codex2api.auth.oauth import OAuthClient
    from codex2api.auth.official.client import OfficialClient
    from codex2api.settings import Settings
    from codex2api.store.signin_notes import SignInNotes
    from codex2api.upstream.backend import Backend
    from codex2api.upstream.http import Http
    from codex2api.upstream.models import LiveModels


@dataclass(frozen=True, slots=True)
class SigningDesk:
    """Accounts, as the command line handles them itself.

    A running server shares the files, or the database: it notices a new sign-in by itself.
    """

    store: "AccountStore"
    keeper: "TokenKeeper"
    sign_in: "SignIn"
    notes: "SignInNotes"
    models: "LiveModels"
    usage: "UsageDesk"
    backend: "Backend"


@asynccontextmanager
async def signing_desk(settings: "Settings") -> AsyncIterator[SigningDesk]:
    """Build it; on leaving, refreshes under way are waited for."""
    from codex2api.accounts.account import AccountKind
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.auth.by_kind import IssuerByKind
    from codex2api.auth.login import SignIn
    from codex2api.cli.accounts import account_store
    from codex2api.store.signin_notes import SignInNotes
    from codex2api.upstream.http import Http

    command_logs()
    connect_timeout = settings.backend.connect_timeout_seconds
    notes = SignInNotes(settings.data_dir)
    async with (
        Http(connect_timeout=connect_timeout, proxy=settings.backend.proxy) as http,
        account_store(settings) as store,
    ):
        client, official = _issuers(settings, http, notes)
        issuers = IssuerByKind({AccountKind.CODEX: client, AccountKind.OFFICIAL: official})
        keeper = TokenKeeper(store, issuers, now=time.time)
        sign_in = SignIn(
            store,
            client,
            now=time.time,
            others={AccountKind.OFFICIAL: official},
            ports=settings.oauth.callback_ports,
        )
        backend, models, usage = _asking(settings, http)
        try:
            yield SigningDesk(store, keeper, sign_in, notes, models, usage, backend)
        finally:
            await sign_in.close()
            await keeper.settle()


def _issuers(
    settings: "Settings", http: "Http", notes: "SignInNotes"
) -> "tuple[OAuthClient, OfficialClient]":
    from codex2api.auth.oauth import OAuthClient
    from codex2api.auth.official.client import OfficialClient

    client = OAuthClient(
        lambda: http.session,
        issuer=settings.oauth.issuer,
        client_id=settings.oauth.client_id,
        redirect_uri=settings.oauth.redirect_uri,
        originator=settings.backend.originator,
        now=time.time,
    )
    official = OfficialClient(
        lambda: http.session,
        notes,
        issuer=settings.official.issuer,
        agent_name=settings.official.agent_name,
        now=time.time,
        port=settings.oauth.local_server_port,
    )
    return client, official


def _asking(settings: "Settings", http: "Http") -> "tuple[Backend, LiveModels, UsageDesk]":
    """Who tells models and limits of the accounts of each kind."""
    from codex2api import __version__
    from codex2api.accounts.account import AccountKind
    from codex2api.upstream.backend import Backend
    from codex2api.upstream.by_kind import UsageByKind
    from codex2api.upstream.http import describe_platform
    from codex2api.upstream.models import LiveModels
    from codex2api.upstream.official.headers import identity_of
    from codex2api.upstream.official.models import OfficialModels
    from codex2api.upstream.usage import BackendUsage

    backend = Backend(
        http,
        url=settings.backend.url,
        originator=settings.backend.originator,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
    )
    official = Backend(
        http,
        url=settings.official.api_url,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
        identity=identity_of("codex2api", __version__, describe_platform()),
    )
    models = LiveModels(backend, others={AccountKind.OFFICIAL: OfficialModels(official)})
    return backend, models, UsageByKind({AccountKind.CODEX: BackendUsage(backend)})
