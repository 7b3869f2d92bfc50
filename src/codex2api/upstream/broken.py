"""A call that failed below HTTP, in words that a person can act on."""

from codex2api.errors import ApiError, Kind
from codex2api.upstream.transport import (
    CertificateError,
    ConnectError,
    DisconnectedError,
    DnsError,
    ProxyError,
    RefusedError,
    TlsError,
)


class PassingError(ApiError):
    """A failure that may have passed a moment later; nothing of the answer has been seen."""


def to_error(error: Exception, host: str) -> ApiError:
    """The failure of a call before its answer began.

    Names the host, never the proxy: a proxy's address may hold a password.
    """
    if isinstance(error, TimeoutError):
        return ApiError(Kind.UPSTREAM_TIMEOUT, f"{host} did not answer in time.")
    passing = isinstance(error, ConnectError | DisconnectedError)
    text = _TEXTS.get(type(error), _NOT_HTTP).format(host)
    return (PassingError if passing else ApiError)(Kind.UPSTREAM_UNAVAILABLE, text)


_TEXTS: dict[type[Exception], str] = {
    CertificateError: "The TLS certificate of {} could not be verified.",
    TlsError: "No TLS connection to {}: certificate or protocol were not acceptable.",
    ProxyError: "The configured proxy does not connect to {}.",
    DnsError: "The host name {} could not be resolved (DNS).",
    RefusedError: "{} refused the connection.",
    ConnectError: "{} could not be reached.",
    DisconnectedError: "{} closed the connection without an answer.",
}
_NOT_HTTP = "{} answered with something that is not proper HTTP."
