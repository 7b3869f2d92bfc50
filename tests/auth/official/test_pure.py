"""Discovery, ID tokens and token answers: values in, values out."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from codex2api.accounts.account import AccountKind, Identity
from codex2api.auth.answers import Answer
from codex2api.auth.official.answers import granted
from codex2api.auth.official.discovery import BadDiscoveryError, Endpoints, read_endpoints
from codex2api.auth.official.id_token import BadIdTokenError, UnknownKeyError, check, read_keys
from codex2api.errors import ApiError
from codex2api.simulator.official.signing import SigningKeys

NOW = 1_790_000_000.0
ISSUER = "https://auth.example"
CLIENT = "oaiapp_a"
SIGNER = SigningKeys()
KEYS = read_keys(SIGNER.published())
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "person-a",
    "iat": NOW,
    "exp": NOW + 600,
    "nonce": "n",
    "email": "ada@example.org",
}
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


def checked(now: float | None = NOW, expected: str | None = "n", **changes: Any) -> Identity:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    token = SIGNER.sign(claims)
    return check(token, KEYS, issuer=ISSUER, client_id=CLIENT, now=now, nonce=expected)


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def test_a_good_id_token_says_whose_it_is() -> None:
    auth = {"https://api.openai.com/auth": {"chatgpt_plan_type": "pro"}}
    assert checked(**auth) == Identity(CLIENT, "person-a", "pro", "ada@example.org")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://auth.example.evil"},
        {"iss": None},
        {"aud": "oaiapp_b"},
        {"aud": None},
        {"aud": [CLIENT, "oaiapp_b"]},
        {"aud": [CLIENT, "oaiapp_b"], "azp": "oaiapp_b"},
        {"azp": "oaiapp_b"},
        {"sub": None},
        {"sub": ""},
        {"exp": NOW - 121},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"iat": NOW + 121, "exp": NOW + 900},
        {"iat": None},
        {"nonce": "m"},
        {"nonce": None},
    ],
    ids=str,
)
def test_an_id_token_that_is_wrong_in_one_claim(changes: dict[str, Any]) -> None:
    with pytest.raises(BadIdTokenError):
        checked(**changes)


@pytest.mark.parametrize("leeway", [{"exp": NOW - 119}, {"iat": NOW + 119, "exp": NOW + 900}])
def test_clocks_may_differ_a_little(leeway: dict[str, Any]) -> None:
    assert checked(**leeway).user_id == "person-a"


def test_a_token_of_a_refresh_has_no_nonce_and_no_hurry() -> None:
    assert (
        checked(now=None, expected=None, iat=NOW - 90_000, exp=NOW - 86_400).user_id == "person-a"
    )
    with pytest.raises(BadIdTokenError, match="expired"):
        checked(now=None, expected=None, exp=NOW - 3600)


@pytest.mark.parametrize("fault", ["forged", "alg_none", "secret_key", "garbled"])
def test_a_signature_that_proves_nothing(fault: str) -> None:
    token = SIGNER.sign_wrongly(dict(CLAIMS), fault)
    with pytest.raises(BadIdTokenError):
        check(token, KEYS, issuer=ISSUER, client_id=CLIENT, now=NOW, nonce="n")


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """The old trick: an HMAC with the public key, for who takes whatever ``alg`` says."""
    public = json.dumps(SIGNER.published()["keys"][0]).encode()
    parts = ({"alg": "HS256", "kid": "simulated-1"}, CLAIMS)
    said = b".".join(b64(json.dumps(part).encode()) for part in parts)
    token = (said + b"." + b64(hmac.digest(public, said, "sha256"))).decode()
    with pytest.raises(BadIdTokenError):
        check(token, KEYS, issuer=ISSUER, client_id=CLIENT, now=NOW, nonce="n")


def test_a_key_that_is_not_there() -> None:
    token = SIGNER.sign_wrongly(dict(CLAIMS), "unknown_key")
    with pytest.raises(UnknownKeyError):
        check(token, KEYS, issuer=ISSUER, client_id=CLIENT, now=NOW, nonce="n")


def test_keys_that_are_none_are_left_out() -> None:
    (good,) = SIGNER.published()["keys"]
    odd = [good | {"use": "enc"}, {"kty": "oct", "k": "YWJj"}, {"kty": "RSA"}, "x", None]
    assert list(read_keys({"keys": [*odd, good]})) == ["simulated-1"]
    assert read_keys({}) == read_keys({"keys": 3}) == {}


def test_without_a_key_id_the_only_key_counts() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    token = jwt.encode(dict(CLAIMS), private, algorithm="RS256")
    keys = read_keys({"keys": [public]})
    assert check(token, keys, issuer=ISSUER, client_id=CLIENT, now=NOW, nonce="n").user_id


def test_the_endpoints() -> None:
    expected = Endpoints(f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/keys")
    assert read_endpoints(DOCUMENT, ISSUER) == expected
    revocable = DOCUMENT | {"revocation_endpoint": f"{ISSUER}/revoke"}
    assert read_endpoints(revocable, ISSUER).revocation == f"{ISSUER}/revoke"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://auth.example/token"},
        {"jwks_uri": None},
        {"revocation_endpoint": "https://evil.example/revoke"},
    ],
    ids=str,
)
def test_codes_and_tokens_go_nowhere_else(changes: dict[str, Any]) -> None:
    with pytest.raises(BadDiscoveryError):
        read_endpoints(DOCUMENT | changes, ISSUER)


def answer(**changes: Any) -> Answer:
    access = SIGNER.sign({"iat": NOW})
    fields = {
        "access_token": access,
        "refresh_token": "r1",
        "id_token": "i1",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "openid chatgpt.tokens.use.direct",
        "earliest_refresh_at": NOW + 3240,
    } | changes
    present = {name: value for name, value in fields.items() if value is not None}
    return Answer(200, json.dumps(present).encode())


def test_the_tokens_of_an_answer() -> None:
    tokens = granted(answer(), CLIENT, NOW)
    assert (tokens.kind, tokens.client_id) == (AccountKind.OFFICIAL, CLIENT)
    assert (tokens.expires_at, tokens.earliest_refresh_at) == (NOW + 3600, NOW + 3241)
    assert (tokens.plan_use, tokens.verified, tokens.identity) == (True, False, None)


@pytest.mark.parametrize("skew", [-7200.0, -300.0, 300.0, 7200.0])
def test_the_earliest_refresh_is_told_by_our_clock(skew: float) -> None:
    tokens = granted(answer(), CLIENT, NOW + skew)
    assert tokens.earliest_refresh_at == NOW + skew + 3241


@pytest.mark.parametrize(
    ("stated", "earliest"),
    [
        (int((NOW + 3240) * 1000), NOW + 3241),
        (str(int(NOW + 3240)), NOW + 3241),
        (datetime.fromtimestamp(NOW + 3240, UTC).isoformat(), NOW + 3241),
        ("some day", NOW + 3300),
        ({"at": 5}, NOW + 3300),
        (0, None),
        (None, None),
        ("", None),
    ],
    ids=str,
)
def test_a_moment_in_any_form(stated: Any, earliest: float | None) -> None:
    assert granted(answer(earliest_refresh_at=stated), CLIENT, NOW).earliest_refresh_at == earliest


def test_a_refresh_keeps_what_is_not_said_again() -> None:
    before = granted(answer(scope="openid"), CLIENT, NOW)
    tokens = granted(answer(scope=None, refresh_token=None, id_token=None), CLIENT, NOW, before)
    assert (tokens.refresh_token, tokens.id_token) == ("r1", "i1")
    assert (tokens.plan_use, tokens.verified) == (False, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": None},
        {"refresh_token": None},
        {"id_token": None},
        {"token_type": "mac"},
    ],
    ids=str,
)
def test_an_answer_without_tokens(changes: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="an answer without tokens"):
        granted(answer(**changes), CLIENT, NOW)
