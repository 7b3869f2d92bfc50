"""The backend without a server, for commands that ask it themselves."""

import time
from typing import TYPE_CHECKING

from codex2api.cli.terminal import Exit
from codex2api.errors import ApiError, Kind

if TYPE_CHECKING:
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.catalog.models import Catalog
    from codex2api.settings import Settings
    from codex2api.store.tokenfile import TokenFiles
    from codex2api.upstream.backend import Backend
    from codex2api.upstream.http import Http

_EXITS = {
    Kind.NO_ACCOUNT: Exit.SIGN_IN,
    Kind.SIGN_IN_REQUIRED: Exit.SIGN_IN,
    Kind.CONSENT_REQUIRED: Exit.SIGN_IN,
    Kind.LIMIT_REACHED: Exit.LIMIT,
    Kind.UPSTREAM_UNAVAILABLE: Exit.UNREACHABLE,
    Kind.UPSTREAM_BLOCKED: Exit.UNREACHABLE,
    Kind.UPSTREAM_TIMEOUT: Exit.UNREACHABLE,
    Kind.OVERLOADED: Exit.UNREACHABLE,
}


def exit_code(error: ApiError) -> Exit:
    """How a command ends that failed like this."""
    return _EXITS.get(error.kind, Exit.FAILED)


async def live_catalog(settings: "Settings") -> "Catalog | None":
    """What the signed-in accounts can use, asked now; ``None`` if nobody is signed in.

    Raises:
        ApiError: An account could not be asked.
    """
    from codex2api.catalog.models import union
    from codex2api.store.tokenfile import TokenFiles
    from codex2api.upstream.http import Http
    from codex2api.upstream.models import LiveModels

    store = TokenFiles(settings.data_dir)
    accounts = await store.accounts()
    if not accounts:
        return None
    async with Http(
        connect_timeout=settings.backend.connect_timeout_seconds, proxy=settings.backend.proxy
    ) as http:
        keeper = _keeper(settings, store, http)
        models = LiveModels(_backend(settings, http))
        try:
            return union([await models.refreshed(await keeper.fresh(who)) for who in accounts])
        finally:
            await keeper.settle()


def _backend(settings: "Settings", http: "Http") -> "Backend":
    from codex2api.upstream.backend import Backend

    return Backend(
        http,
        url=settings.backend.url,
        originator=settings.backend.originator,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
    )


def _keeper(settings: "Settings", store: "TokenFiles", http: "Http") -> "TokenKeeper":
    from codex2api.accounts.keeper import TokenKeeper
    from codex2api.auth.oauth import OAuthClient

    issuer = OAuthClient(
        lambda: http.session,
        issuer=settings.oauth.issuer,
        client_id=settings.oauth.client_id,
        redirect_uri=settings.oauth.redirect_uri,
        originator=settings.backend.originator,
        now=time.time,
    )
    return TokenKeeper(store, issuer, now=time.time)
