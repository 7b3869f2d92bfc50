"""Keys that sign the tokens, and tokens that are wrong in one way each."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

ID_TOKEN_FAULTS = (
    "wrong_nonce",
    "wrong_audience",
    "wrong_issuer",
    "forged",
    "alg_none",
    "secret_key",
    "unknown_key",
    "expired",
    "other_subject",
    "garbled",
)
"""What an ID token can be told to be instead of good."""


class SigningKeys:
    """Keys of the simulated issuer, the newest one signs; made when first needed."""

    def __init__(self) -> None:
        self._keys: list[rsa.RSAPrivateKey] = []
        self._stranger: rsa.RSAPrivateKey | None = None

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish no other."""
        self._keys.append(_new_key())

    def published(self) -> dict[str, Any]:
        """The key set, as ``jwks_uri`` gives it."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._newest.public_key()))
        return {"keys": [{**public, "kid": self._kid, "alg": "RS256", "use": "sig"}]}

    def sign(self, claims: Mapping[str, Any], kid: str | None = None) -> str:
        """A good token."""
        headers = {"kid": kid or self._kid}
        return jwt.encode(dict(claims), self._newest, algorithm="RS256", headers=headers)

    def sign_wrongly(self, claims: dict[str, Any], fault: str) -> str:
        """A token with one of ``ID_TOKEN_FAULTS``."""
        kid = {"kid": self._kid}
        match fault:
            case "forged":
                self._stranger = self._stranger or _new_key()
                return jwt.encode(claims, self._stranger, algorithm="RS256", headers=kid)
            case "alg_none":
                return jwt.encode(claims, "", algorithm="none", headers=kid)
            case "secret_key":
                return jwt.encode(claims, "s" * 40, algorithm="HS256", headers=kid)
            case "unknown_key":
                return self.sign(claims, "nobody-has-this-key")
            case "garbled":
                return "not.a.token"
        return self.sign(_SPOILT[fault](claims))

    @property
    def _newest(self) -> "rsa.RSAPrivateKey":
        if not self._keys:
            self.rotate()
        return self._keys[-1]

    @property
    def _kid(self) -> str:
        return f"simulated-{max(1, len(self._keys))}"


_SPOILT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "wrong_nonce": lambda claims: claims | {"nonce": "another"},
    "wrong_audience": lambda claims: claims | {"aud": "oaiapp_simulated_another"},
    "wrong_issuer": lambda claims: claims | {"iss": "https://issuer.invalid"},
    "expired": lambda claims: claims | {"exp": claims["iat"] - 3600},
    "other_subject": lambda claims: claims | {"sub": "simulated|another"},
}


def _new_key() -> "rsa.RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 (large)

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
