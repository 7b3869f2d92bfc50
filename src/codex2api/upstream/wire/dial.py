"""From a host name to a connection: address, TCP, TLS, and what each of them says when it fails."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import NamedTuple

from aiohappyeyeballs import AddrInfoType, start_connection

from codex2api.upstream.keepalive import probed_socket
from codex2api.upstream.transport import (
    CertificateError,
    ConnectError,
    DnsError,
    RefusedError,
    TlsError,
)
from codex2api.upstream.wire.connection import Connection

_HEAD_START = 0.25
"""Seconds until the next address is tried beside the one that has not answered yet."""


class Origin(NamedTuple):
    """Where connections lead; those to one origin are alike."""

    host: str
    port: int
    tls: ssl.SSLContext | None


async def dial(origin: Origin, build: Callable[[], Connection]) -> Connection:
    """A fresh connection.

    Raises:
        TransportError: There is none.
    """
    sock = await _reach(await _addresses(origin))
    name = origin.host if origin.tls else None
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            build, sock=sock, ssl=origin.tls, server_hostname=name
        )
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(error.verify_message) from error
    except ssl.SSLError as error:
        raise TlsError(error.reason) from error
    except OSError as error:
        raise ConnectError("closed during the TLS handshake") from error
    return connection


async def _addresses(origin: Origin) -> Sequence[AddrInfoType]:
    try:
        return await asyncio.get_running_loop().getaddrinfo(
            origin.host, origin.port, type=socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError) as error:
        raise DnsError(origin.host) from error


async def _reach(addresses: Sequence[AddrInfoType]) -> socket.socket:
    # asyncio's own happy eyeballs are unknown to uvloop.
    try:
        return await start_connection(
            addresses, happy_eyeballs_delay=_HEAD_START, socket_factory=probed_socket
        )
    except ConnectionRefusedError as error:
        raise RefusedError("nobody listens") from error
    except (OSError, RuntimeError) as error:
        raise ConnectError("no connection") from error
