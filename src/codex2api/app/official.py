"""What accounts of OpenAI's official sign-in need, by the settings."""

import time

from codex2api import __version__
from codex2api.accounts.account import AccountKind
from codex2api.auth.official.client import OfficialClient
from codex2api.settings import Settings
from codex2api.store.signin_notes import SignInNotes
from codex2api.upstream.backend import Backend
from codex2api.upstream.http import Http, describe_platform
from codex2api.upstream.official.headers import identity_of


def official_client(settings: Settings, http: Http) -> OfficialClient:
    """Their sign-in."""
    return OfficialClient(
        lambda: http.session,
        SignInNotes(settings.data_dir),
        issuer=settings.official.issuer,
        agent_name=settings.official.agent_name,
        now=time.time,
        port=settings.oauth.local_server_port,
    )


def official_backend(settings: Settings, http: Http) -> Backend:
    """The public API, as they are served by it."""
    return Backend(
        http,
        url=settings.official.api_url,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
        identity=identity_of("codex2api", __version__, describe_platform()),
    )


def usual_kind(settings: Settings) -> AccountKind:
    """Which sign-in is meant where none is named: as set, else as chosen, else Codex'."""
    kind = settings.oauth.kind
    chosen = SignInNotes(settings.data_dir).kind() if kind == "ask" else kind
    return AccountKind(chosen) if chosen in tuple(AccountKind) else AccountKind.CODEX
