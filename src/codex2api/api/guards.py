"""What a request must be before anybody looks at it: meant for us, not sent by a strange page.

A server on loopback can be reached by every web page that the same machine shows. Three checks
stop them: the ``Host`` must be a name of ours (DNS rebinding), an ``Origin`` must be our own or
listed, and a body must be JSON, which a page cannot send across origins without asking first. A
page could send a form unasked, but not one with a key's header: where forms are taken, they need
that.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from codex2api.errors import ApiError, Kind

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Guards:
    """The checks, configured.

    Attributes:
        hosts: Further names (no port) that this server may be called by.
        origins: Pages (``https://chat.example``) that may call it from a browser.
        any_address: Whether an IP literal is a good Host: true when bound beyond loopback, where
            clients use it, and safe, because rebinding needs a name.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    any_address: bool = False

    def check(self, method: str, headers: Mapping[str, str], *, forms: bool = False) -> None:
        """Let a request pass.

        Args:
            method: Of HTTP.
            headers: Names in lower case.
            forms: Whether this route takes multipart forms, too.

        Raises:
            ApiError: ``WRONG_HOST``, ``FORBIDDEN`` or ``UNSUPPORTED_MEDIA``.
        """
        self._check_origin(self.check_host(headers), headers)
        if method in ("POST", "PUT", "PATCH"):
            _check_type(headers, forms)

    def check_host(self, headers: Mapping[str, str]) -> str:
        """The ``Host``, which is a name of ours.

        Raises:
            ApiError: ``WRONG_HOST``.
        """
        host = headers.get("host", "")
        if not self._ours(host):
            raise ApiError(
                Kind.WRONG_HOST,
                "This server is not known by the name in the Host header; "
                "add the name to the setting server.allowedHosts if it is yours.",
            )
        return host

    def _ours(self, host: str) -> bool:
        name = host_name(host)
        return bool(name) and (
            name in _LOOPBACK_NAMES
            or name in self.hosts
            or (self.any_address and _is_address(name))
        )

    def _check_origin(self, host: str, headers: Mapping[str, str]) -> None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if (origin is None and site is None) or origin in self.origins:
            return
        own = (None, f"http://{host}", f"https://{host}")
        if origin not in own or site in ("cross-site", "same-site"):
            raise ApiError(
                Kind.FORBIDDEN,
                "Web pages of other origins may not call this server; "
                "list the origin in the setting server.allowedOrigins if it is yours.",
            )


def host_name(host: str) -> str:
    """A ``Host`` header without its port, lower-cased; ``[::1]:3000`` gives ``::1``.

    Empty if something else than a port follows the name.
    """
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    else:
        name, colon, port = host.partition(":")
    if colon not in ("", ":") or not (port.isdecimal() or not port):
        return ""
    return name.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_type(headers: Mapping[str, str], forms: bool) -> None:
    if headers.get("content-length") == "0":
        return
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "application/json" or (
        forms and media == "multipart/form-data" and _keyed(headers)
    ):
        return
    form = " Forms are taken with the header 'Authorization: Bearer KEY' only." if forms else ""
    raise ApiError(
        Kind.UNSUPPORTED_MEDIA,
        "Send the request body as JSON, with the header 'Content-Type: application/json'." + form,
        param="content-type",
    )


def _keyed(headers: Mapping[str, str]) -> bool:
    """Whether a header is there that no page can send across origins without asking first."""
    return "authorization" in headers or "x-api-key" in headers
