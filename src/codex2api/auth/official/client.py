"""Registers with the sign-in service, signs people in, and refreshes what it has issued."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog

from codex2api.accounts.account import Account, AccountKind, Identity, TokenSet
from codex2api.auth.answers import exchange_failure, refresh_failure, unavailable
from codex2api.auth.calls import IssuerCalls, revoked
from codex2api.auth.official.answers import PLAN_SCOPE, granted, lost
from codex2api.auth.official.discovery import PATH, BadDiscoveryError, Endpoints, read_endpoints
from codex2api.auth.official.keys import Keys
from codex2api.auth.official.ports import Registrations
from codex2api.auth.pkce import Pkce, new_pkce, new_state
from codex2api.auth.returned import Returned
from codex2api.auth.ways import Attempt, Request
from codex2api.errors import ApiError, Kind

if TYPE_CHECKING:
    import aiohttp

FIRST_CLIENT = "dynamic_agent_client"
"""Who asks as long as nobody has been registered; never the client of any tokens."""

SCOPE = f"openid profile email offline_access resource.invoke {PLAN_SCOPE}"
RESOURCE = "https://api.openai.com/v1"

_DISCOVERY_LIFE = 3600.0
_SECOND_TRY_AFTER = 60.0
"""Seconds after which a registration that was not known the first time is asked for once more."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    """What has to be known again when the browser comes back.

    Attributes:
        registered: The client that asked; ``None`` if this sign-in registers one.
    """

    label: str
    redirect_uri: str
    pkce: Pkce
    nonce: str = field(repr=False)
    registered: str | None


class OfficialClient:
    """A ``Way`` in, and the ``TokenIssuer`` of the accounts that come by it.

    Args:
        http: Gives the session to use.
        registrations: What this machine remembers.
        issuer: ``https://auth.openai.com``, or a simulator.
        agent_name: What we are called on OpenAI's page.
        now: Unix seconds.
        port: Where the browser comes back to, unless it is taken.
    """

    any_port = True

    def __init__(
        self,
        http: "Callable[[], aiohttp.ClientSession]",
        registrations: Registrations,
        *,
        issuer: str,
        agent_name: str,
        now: Callable[[], float],
        port: int = 1455,
    ) -> None:
        self._calls = IssuerCalls(http)
        self._registrations = registrations
        self._issuer = issuer.rstrip("/")
        self._agent_name = agent_name
        self._now = now
        self._endpoints: Endpoints | None = None
        self._discovered_at = 0.0
        self._keys = Keys(self._fetch_keys, now)
        self._unknown_since: dict[str, float] = {}
        self.redirect_uri = f"http://127.0.0.1:{port}/auth/callback"

    # -- signing in ------------------------------------------------------------------------------

    async def attempt(self, wish: Request) -> Attempt:
        """As the ``Way`` says; a label that had a registration keeps it, unless it is to be anew.

        Raises:
            ApiError: The service cannot be asked.
        """
        endpoints = await self._discover()
        await self._keys.warm()
        host = await asyncio.to_thread(self._registrations.host_id)
        begun = _Begun(
            wish.label, wish.redirect_uri, new_pkce(), new_state(), await self._registered(wish)
        )
        query = {
            "response_type": "code",
            "client_id": begun.registered or FIRST_CLIENT,
            "ext_agent_host_id": host,
            "redirect_uri": begun.redirect_uri,
            "scope": SCOPE,
            "resource": RESOURCE,
            "state": wish.state,
            "nonce": begun.nonce,
            "code_challenge": begun.pkce.challenge,
            "code_challenge_method": "S256",
        }
        query |= _hints(wish.holder) if begun.registered else {"agent_name_hint": self._agent_name}
        url = f"{endpoints.authorization}?{urlencode(query)}"
        return Attempt(url, partial(self._redeem, begun))

    async def _registered(self, wish: Request) -> str | None:
        if wish.anew:
            return None
        holder = wish.holder
        if holder is not None and holder.tokens.client_id:
            return holder.tokens.client_id
        return await asyncio.to_thread(self._registrations.client_id, wish.label)

    async def _redeem(self, begun: _Begun, returned: Returned) -> TokenSet:
        code = returned.accepted_code()
        client_id = _issued(returned, begun.registered)
        if begun.registered is None:  # before anything can go wrong: it is good for another try
            await asyncio.to_thread(self._registrations.keep, begun.label, client_id)
        endpoints = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "code_verifier": begun.pkce.verifier,
            "redirect_uri": begun.redirect_uri,
            "resource": RESOURCE,
        }
        answer = await self._calls.post(endpoints.token, data=form)
        if not answer.ok:
            raise exchange_failure(answer)
        tokens = granted(answer, client_id, self._now())
        try:
            who = await self._check(tokens, begun.nonce)
        except ApiError:
            await self.revoke(tokens)
            raise
        return replace(tokens, identity=who, verified=True)

    # -- afterwards ------------------------------------------------------------------------------

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        """As the port says; whoever calls has seen to it that it is not too early."""
        client_id = tokens.client_id or ""
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "refresh_token": tokens.refresh_token,
            "resource": RESOURCE,
        }
        endpoints = await self._discover()
        answer = await self._calls.post(endpoints.token, data=form)
        _log.info("tokens.refresh", status=answer.status, reason=reason, kind=tokens.kind)
        if answer.error_code() == "invalid_client":
            raise self._unknown(client_id)
        self._unknown_since.pop(client_id, None)
        if not answer.ok:
            raise refresh_failure(answer)
        return granted(answer, client_id, self._now(), tokens)

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        """As the port says."""
        try:
            who = await self._check(tokens, None)
        except ApiError as error:
            if error.kind is not Kind.BAD_REQUEST:
                raise
            raise ApiError(Kind.SIGN_IN_REQUIRED, error.message, code=error.code) from None
        return replace(tokens, identity=who, verified=True)

    async def revoke(self, tokens: TokenSet) -> bool:
        """As the ``Way`` says."""
        try:
            endpoints = await self._discover()
        except ApiError as error:
            _log.warning("tokens.not_revoked", reason=error.message)
            return False
        if endpoints.revocation is None:
            _log.warning("tokens.not_revoked", reason="the service offers no revocation")
            return False
        form = {
            "token": tokens.refresh_token,
            "token_type_hint": "refresh_token",
            "client_id": tokens.client_id or "",
        }
        return await revoked(self._calls.post(endpoints.revocation, data=form))

    def _unknown(self, client_id: str) -> ApiError:
        """The registration was not known: that may be a moment's fault, but not twice."""
        now = self._now()
        since = self._unknown_since.setdefault(client_id, now)
        if abs(now - since) >= _SECOND_TRY_AFTER:
            return lost()
        return ApiError(
            Kind.UPSTREAM_UNAVAILABLE,
            "The sign-in service did not know this registration. It is asked once more in a "
            "minute.",
            retry_after=_SECOND_TRY_AFTER,
        )

    # -- the service -----------------------------------------------------------------------------

    async def _check(self, tokens: TokenSet, nonce: str | None) -> Identity:
        """Whose tokens they are; without a nonce they are those of a refresh."""
        from codex2api.auth.official.id_token import BadIdTokenError  # noqa: PLC0415 (see Keys)

        try:
            return await self._keys.check(
                tokens.id_token or "",
                issuer=self._issuer,
                client_id=tokens.client_id,
                now=None if nonce is None else self._now(),
                nonce=nonce,
            )
        except BadIdTokenError as error:
            _log.error("id_token.refused", reason=str(error))
            raise ApiError(
                Kind.BAD_REQUEST,
                f"The sign-in service's ID token cannot be trusted: {error}.",
                code="bad_id_token",
            ) from None

    async def _discover(self) -> Endpoints:
        known, now = self._endpoints, self._now()
        if known is not None and abs(now - self._discovered_at) < _DISCOVERY_LIFE:
            return known
        try:
            found = read_endpoints(await self._get(f"{self._issuer}{PATH}"), self._issuer)
        except BadDiscoveryError as error:
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE,
                f"The sign-in service's discovery document cannot be used: {error}.",
            ) from None
        except ApiError:
            if known is None:
                raise
            found = known  # addresses change rarely, and this one was good an hour ago
        self._endpoints, self._discovered_at = found, now
        return found

    async def _fetch_keys(self) -> Mapping[str, Any]:
        return await self._get((await self._discover()).keys)

    async def _get(self, url: str) -> Mapping[str, Any]:
        answer = await self._calls.get(url)
        if not answer.ok:
            raise unavailable(answer)
        return answer.fields()


def _hints(holder: Account | None) -> dict[str, str]:
    """What spares a person who signs in again the choice of an account."""
    if holder is None or holder.kind is not AccountKind.OFFICIAL:
        return {}
    hints: dict[str, str] = {}
    if holder.tokens.id_token and holder.email:
        hints = {"id_token_hint": holder.tokens.id_token, "login_hint": holder.email}
    return hints if holder.tokens.plan_use else hints | {"prompt": "consent"}


def _issued(returned: Returned, registered: str | None) -> str:
    """The client that the tokens will be for.

    Raises:
        ApiError: The browser brought none, or another one than asked.
    """
    issued = returned.client_id
    if registered is not None:
        if issued not in (None, registered):
            raise ApiError(
                Kind.BAD_REQUEST,
                "The sign-in came back for another registration than the one it was begun with. "
                "Start it again.",
                code="another_client",
            )
        return registered
    if not issued or issued == FIRST_CLIENT:
        raise ApiError(
            Kind.BAD_REQUEST,
            "The address does not say which client was registered (client_id). Copy the whole "
            "address from the browser.",
            param="url",
            code="client_id_missing",
        )
    return issued
