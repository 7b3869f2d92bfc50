"""Where the service's endpoints are, as it says itself (OpenID Connect Discovery 1.0); pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATH = "/.well-known/openid-configuration"


class BadDiscoveryError(ValueError):
    """The document is not the one of this issuer; the text says why."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of one issuer.

    Attributes:
        revocation: ``None`` where sign-ins cannot be revoked.
    """

    authorization: str
    token: str
    keys: str
    revocation: str | None = None


def read_endpoints(fields: Mapping[str, Any], issuer: str) -> Endpoints:
    """The endpoints in a discovery document.

    All of them must be at the issuer's own origin: codes and tokens are sent there.

    Raises:
        BadDiscoveryError: It is another issuer's, or names no good address.
    """
    if fields.get("issuer") != issuer:
        raise BadDiscoveryError("it is the document of another issuer")
    revocation = fields.get("revocation_endpoint")
    return Endpoints(
        authorization=_address(fields, "authorization_endpoint", issuer),
        token=_address(fields, "token_endpoint", issuer),
        keys=_address(fields, "jwks_uri", issuer),
        revocation=_address(fields, "revocation_endpoint", issuer) if revocation else None,
    )


def _address(fields: Mapping[str, Any], name: str, issuer: str) -> str:
    address = fields.get(name)
    if not isinstance(address, str) or _origin(address) != _origin(issuer):
        raise BadDiscoveryError(f"{name} is not an address of this issuer")
    return address


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
