"""The issuer's endpoints (protocol sheet, sections 1.1 to 1.7)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog

from codex2api.accounts.account import TokenSet
from codex2api.auth.answers import (
    Answer,
    exchange_failure,
    exchanged,
    refresh_failure,
    refreshed,
    unavailable,
)
from codex2api.auth.calls import IssuerCalls, revoked
from codex2api.auth.pkce import Pkce, new_pkce
from codex2api.auth.returned import Returned
from codex2api.auth.ways import Attempt, Request
from codex2api.errors import ApiError, Kind

if TYPE_CHECKING:
    import aiohttp

SCOPE = "openid profile email offline_access api.connectors.read api.connectors.invoke"

_DEVICE_LIFE = 15 * 60.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person types into the device page, and what we ask with.

    Attributes:
        interval: Seconds between two questions.
        expires_in: Seconds until it is worthless.
    """

    device_id: str = field(repr=False)
    user_code: str
    verification_url: str
    interval: float
    expires_in: float


class OAuthClient:
    """Talks to the issuer as Codex does: a ``Way`` in, and the ``TokenIssuer`` of its accounts.

    Args:
        http: Gives the session to use.
        issuer: ``https://auth.openai.com``, or a simulator.
        client_id: The public client that signs in.
        redirect_uri: Where the browser comes back to.
        originator: Who we say we are.
        now: Unix seconds.
        timeout: Seconds for one call, of which ten at most to connect.
    """

    any_port = False

    def __init__(
        self,
        http: "Callable[[], aiohttp.ClientSession]",
        *,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        originator: str,
        now: Callable[[], float],
        timeout: float = 30.0,
    ) -> None:
        self._calls = IssuerCalls(http, timeout=timeout)
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._originator = originator
        self._now = now
        self.redirect_uri = redirect_uri

    def authorize_url(self, state: str, pkce: Pkce, redirect_uri: str | None = None) -> str:
        """Where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri or self.redirect_uri,
            "scope": SCOPE,
            "code_challenge": pkce.challenge,
            "code_challenge_method": "S256",
            "id_token_add_organizations": "true",
            "codex_cli_simplified_flow": "true",
            "state": state,
            "originator": self._originator,
        }
        return f"{self._issuer}/oauth/authorize?{urlencode(query)}"

    async def attempt(self, wish: Request) -> Attempt:
        """As the ``Way`` says."""
        pkce = new_pkce()
        url = self.authorize_url(wish.state, pkce, wish.redirect_uri)
        return Attempt(url, partial(self._redeem, pkce, wish.redirect_uri))

    async def _redeem(self, pkce: Pkce, redirect_uri: str, returned: Returned) -> TokenSet:
        return await self.exchange_code(returned.accepted_code(), pkce.verifier, redirect_uri)

    async def exchange_code(
        self, code: str, verifier: str, redirect_uri: str | None = None
    ) -> TokenSet:
        """Tokens for a code.

        Args:
            code: What the browser brought back; good once.
            verifier: What the challenge was made of.
            redirect_uri: Exactly the one that was sent to the authorize page.

        Raises:
            ApiError: Why there are none.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri or self.redirect_uri,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        answer = await self._post("/oauth/token", data=form)
        if not answer.ok:
            raise exchange_failure(answer)
        return exchanged(answer, self._now())

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        """As the port says."""
        body = {
            "client_id": self._client_id,
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
            "refresh_reason": reason,
        }
        answer = await self._post("/oauth/token", json=body)
        _log.info("tokens.refresh", status=answer.status, reason=reason)
        if not answer.ok:
            raise refresh_failure(answer)
        return refreshed(answer, tokens, self._now())

    async def revoke(self, tokens: TokenSet) -> bool:
        """End a sign-in at the issuer; best effort, says whether it worked."""
        body = {
            "token": tokens.refresh_token,
            "token_type_hint": "refresh_token",
            "client_id": self._client_id,
        }
        if not tokens.refresh_token:
            body = {"token": tokens.access_token, "token_type_hint": "access_token"}
        return await revoked(self._post("/oauth/revoke", json=body))

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        """As the port says; Codex checks nothing of its tokens, and neither do we."""
        return replace(tokens, verified=True)

    async def device_start(self) -> DeviceCode:
        """Ask for a device code.

        Raises:
            ApiError: ``NOT_SUPPORTED``, if this issuer has no device sign-in; or why it failed.
        """
        body = {"client_id": self._client_id}
        answer = await self._post("/api/accounts/deviceauth/usercode", json=body)
        if answer.status == 404:
            raise ApiError(
                Kind.NOT_SUPPORTED, "This sign-in service offers no sign-in by device code."
            )
        fields = answer.fields()
        device_id = fields.get("device_auth_id")
        user_code = fields.get("user_code") or fields.get("usercode")
        if not (answer.ok and isinstance(device_id, str) and isinstance(user_code, str)):
            raise unavailable(answer)
        return DeviceCode(
            device_id=device_id,
            user_code=user_code,
            verification_url=f"{self._issuer}/codex/device",
            interval=_seconds(fields.get("interval"), 5.0),
            expires_in=min(_seconds(fields.get("expires_in"), _DEVICE_LIFE), _DEVICE_LIFE),
        )

    async def device_poll(self, device: DeviceCode) -> TokenSet | None:
        """Tokens, once the person has typed the code; ``None`` before.

        Raises:
            ApiError: Why there will be none.
        """
        body = {"device_auth_id": device.device_id, "user_code": device.user_code}
        answer = await self._post("/api/accounts/deviceauth/token", json=body)
        if answer.status in (403, 404):
            return None
        fields = answer.fields()
        code, verifier = fields.get("authorization_code"), fields.get("code_verifier")
        if not (answer.ok and isinstance(code, str) and isinstance(verifier, str)):
            raise unavailable(answer)
        return await self.exchange_code(code, verifier, f"{self._issuer}/deviceauth/callback")

    async def _post(self, path: str, **body: Any) -> Answer:
        return await self._calls.post(f"{self._issuer}{path}", **body)


def _seconds(value: Any, otherwise: float) -> float:
    # The interval comes as a string.
    try:
        number = float(value)
    except (TypeError, ValueError):
        return otherwise
    return max(number, 0.05) if 0 <= number < 1e6 else otherwise
