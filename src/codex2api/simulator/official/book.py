"""What the simulated official sign-in remembers: clients, codes, tokens, and how to misbehave."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import jwt

from codex2api.simulator.accounts import SimulatedAccount
from codex2api.simulator.issuer.switches import RefreshCounts, TokenSwitches
from codex2api.simulator.issuer.tokens import TokenError
from codex2api.simulator.official.signing import SigningKeys

SCOPE = "openid profile email offline_access resource.invoke chatgpt.tokens.use.direct"
PLAN_SCOPE = "chatgpt.tokens.use.direct"
RESOURCE = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class OfficialCode:
    """An authorization code, good for one exchange."""

    client_id: str
    label: str
    redirect_uri: str
    challenge: str
    nonce: str


@dataclass(slots=True)
class OfficialGrant:
    """What a refresh token stands for.

    Attributes:
        earliest: Epoch seconds before which its use ends everything.
        state: ``fresh``, or the error code that its use is answered with.
    """

    client_id: str
    label: str
    earliest: float
    state: str = "fresh"


@dataclass(slots=True)
class OfficialSwitches:
    """How it is told to behave.

    Attributes:
        plan_use: Whether the person allows the use of the plan.
        id_token: One of ``ID_TOKEN_FAULTS`` for the ID tokens to come, or ``None``.
        seconds: Life of an access token.
        window: Seconds before its end from which on a refresh does no harm.
        scope_told: Whether token answers say what was granted.
        lost: Whether registrations are forgotten: every client is ``invalid_client``.
        revocation: Whether the discovery document names a revocation endpoint.
        refresh: Faults of the refresh, as at the other issuer.
        api: Errors of the API: one of ``refusals.ERRORS``, or ``None``.
    """

    plan_use: bool = True
    id_token: str | None = None
    seconds: int = 3600
    window: int = 360
    scope_told: bool = True
    lost: bool = False
    revocation: bool = True
    refresh: TokenSwitches = field(default_factory=TokenSwitches)
    api: TokenSwitches = field(default_factory=TokenSwitches)


class OfficialBook:
    """The memory of the official sign-in; ``reset`` forgets switches and counters only.

    Attributes:
        clients: Registered clients and the account that each belongs to.
        revoked: What was asked to be revoked.
    """

    def __init__(self) -> None:
        self.switches = OfficialSwitches()
        self.refreshes = RefreshCounts()
        self.keys = SigningKeys()
        self.clients: dict[str, str] = {}
        self.codes: dict[str, OfficialCode] = {}
        self.revoked: list[dict[str, Any]] = []
        self._grants: dict[str, OfficialGrant] = {}
        self._invalid_before = 0.0

    def reset(self) -> None:
        """Forget switches and counters; clients and tokens stay good."""
        self.switches = OfficialSwitches()
        self.refreshes = RefreshCounts(running=self.refreshes.running)
        self.revoked.clear()

    def register(self, label: str) -> str:
        """A new client of an account."""
        client_id = f"oaiapp_simulated_{secrets.token_hex(8)}"
        self.clients[client_id] = label
        return client_id

    def mint(
        self, account: SimulatedAccount, client_id: str, issuer: str, nonce: str | None = None
    ) -> dict[str, Any]:
        """A whole answer of the token endpoint."""
        now, switches = time.time(), self.switches
        life = switches.seconds
        earliest = int(now) + life - switches.window
        refresh_token = f"ort_simulated_{secrets.token_urlsafe(24)}"
        self._grants[refresh_token] = OfficialGrant(client_id, account.label, earliest)
        scope = SCOPE if switches.plan_use else SCOPE.replace(f" {PLAN_SCOPE}", "")
        answer: dict[str, Any] = {
            "access_token": self._access_token(account, client_id, issuer, scope),
            "refresh_token": refresh_token,
            "id_token": self._id_token(account, client_id, issuer, nonce),
            "token_type": "Bearer",
            "expires_in": life,
            "earliest_refresh_at": earliest,
        }
        return answer | ({"scope": scope} if switches.scope_told else {})

    def spend(self, refresh_token: str, client_id: str) -> str:
        """Use a refresh token up; gives the account's label.

        Raises:
            TokenError: It is no good, or it is too early: then it is spent all the same.
        """
        grant = self._grants.get(refresh_token)
        if grant is None or grant.client_id != client_id:
            raise TokenError("invalid_refresh_token")
        if grant.state != "fresh":
            raise TokenError(grant.state)
        if time.time() < grant.earliest:
            grant.state = "invalid_grant"
            raise TokenError("invalid_grant")
        grant.state = "refresh_token_reused"
        return grant.label

    def revoke(self, refresh_token: str) -> None:
        """Make a refresh token useless; unknown ones are taken in silence."""
        if grant := self._grants.get(refresh_token):
            grant.state = "refresh_token_invalidated"

    def invalidate_access(self) -> None:
        """Make every access token issued up to now invalid."""
        self._invalid_before = time.time()

    def client_of(self, access_token: str) -> str:
        """The client that an access token was issued to.

        Raises:
            TokenError: It is not one of ours, or no longer good.
        """
        try:
            key = jwt.PyJWKSet.from_dict(self.keys.published()).keys[0]
            claims = jwt.decode(access_token, key, algorithms=["RS256"], audience=RESOURCE)
        except jwt.PyJWTError:
            raise TokenError("invalid_token") from None
        if claims["issued"] <= self._invalid_before:
            raise TokenError("invalid_token")
        return str(claims["client_id"])

    def _access_token(
        self, account: SimulatedAccount, client_id: str, issuer: str, scope: str
    ) -> str:
        claims = _common(account, issuer) | {
            "aud": RESOURCE,
            "exp": int(time.time()) + self.switches.seconds,
            "client_id": client_id,
            "scp": scope.split(),
        }
        return self.keys.sign(claims)

    def _id_token(
        self, account: SimulatedAccount, client_id: str, issuer: str, nonce: str | None
    ) -> str:
        claims = _common(account, issuer) | {
            "aud": client_id,
            "exp": int(time.time()) + 3600,
            "email": account.email,
            "name": "Simulated Person",
        }
        claims |= {"nonce": nonce} if nonce else {}
        fault = self.switches.id_token
        return self.keys.sign_wrongly(claims, fault) if fault else self.keys.sign(claims)


def _common(account: SimulatedAccount, issuer: str) -> dict[str, Any]:
    now = time.time()
    return {
        "iss": issuer,
        "sub": f"simulated|{account.user_id}",
        "iat": int(now),
        "issued": now,
        "jti": secrets.token_hex(8),
    }
