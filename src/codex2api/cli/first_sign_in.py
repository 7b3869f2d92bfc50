"""The sign-in that ``serve`` starts by itself, when nobody is signed in and a person sits there."""

import time

from codex2api.auth.callback import PORTS
from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.cli.terminal import say
from codex2api.errors import ApiError
from codex2api.settings import Settings
from codex2api.store.tokenfile import TokenFiles
from codex2api.upstream.http import Http


async def sign_in_by_itself(settings: Settings) -> None:
    """Show the sign-in page, wait for the person, say how it went. Never raises ``ApiError``."""
    http = Http(
        connect_timeout=settings.backend.connect_timeout_seconds, proxy=settings.backend.proxy
    )
    async with http:
        sign_in = _sign_in(settings, http)
        try:
            await _ask(sign_in, settings.oauth.wait_seconds)
        except ApiError as error:
            say(f"\nNot signed in: {error.message} The server goes on; run: codex2api login")
        finally:
            await sign_in.close()


async def _ask(sign_in: SignIn, seconds: float) -> None:
    started = await sign_in.start()
    say("\nNobody is signed in yet. Sign in with your ChatGPT account here:")
    say(f"\n  {started.authorization_url}\n")
    if not started.listening:
        say("Its return cannot be noticed here; finish instead with: codex2api login --paste")
    account = await sign_in.wait(started.state, seconds)
    say(f"Signed in as {account.label} ({account.plan or 'plan unknown'}). Ready.")


def _sign_in(settings: Settings, http: Http) -> SignIn:
    oauth = settings.oauth
    client = OAuthClient(
        lambda: http.session,
        issuer=oauth.issuer,
        client_id=oauth.client_id,
        redirect_uri=oauth.redirect_uri,
        originator=settings.backend.originator,
        now=time.time,
    )
    ports = dict.fromkeys((oauth.local_server_port, *PORTS))
    return SignIn(TokenFiles(settings.data_dir), client, now=time.time, ports=tuple(ports))
