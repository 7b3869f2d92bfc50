"""A call that failed below HTTP, in words that a person can act on."""

import aiohttp

from codex2api.errors import ApiError, Kind


class PassingError(ApiError):
    """A failure that may have passed a moment later; nothing of the answer has been seen."""


def to_error(error: Exception, host: str) -> ApiError:
    """The failure of a call before its answer began.

    Names the host, never the proxy: a proxy's address may hold a password.
    """
    if isinstance(error, TimeoutError):
        return ApiError(Kind.UPSTREAM_TIMEOUT, f"{host} did not answer in time.")
    if isinstance(error, aiohttp.ClientSSLError):
        return ApiError(Kind.UPSTREAM_UNAVAILABLE, _tls_text(error, host))
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return ApiError(
            Kind.UPSTREAM_UNAVAILABLE, f"The configured proxy does not connect to {host}."
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ApiError(
            Kind.UPSTREAM_UNAVAILABLE, f"The host name {host} could not be resolved (DNS)."
        )
    return _interrupted(error, host)


def _interrupted(error: Exception, host: str) -> ApiError:
    if isinstance(error, aiohttp.ClientConnectorError):
        refused = isinstance(error.os_error, ConnectionRefusedError)
        what = "refused the connection" if refused else "could not be reached"
        return PassingError(Kind.UPSTREAM_UNAVAILABLE, f"{host} {what}.")
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return PassingError(
            Kind.UPSTREAM_UNAVAILABLE, f"{host} closed the connection without an answer."
        )
    return ApiError(
        Kind.UPSTREAM_UNAVAILABLE, f"{host} answered with something that is not proper HTTP."
    )


def _tls_text(error: aiohttp.ClientSSLError, host: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"The TLS certificate of {host} could not be verified."
    return f"No TLS connection to {host}: certificate or protocol were not acceptable."
