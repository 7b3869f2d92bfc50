"""How a connection learns that its path has died: another network, a lid that was shut, a NAT."""

import socket
import struct
import sys

from aiohappyeyeballs import AddrInfoType

_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds, and the number of probes. macOS calls the first one by the second name."""

_TCP_INFO = struct.Struct("=3xB20xI28xI")
"""What Linux tells in ``struct tcp_info``: ``probes``, ``unacked`` and ``last_ack_recv``, in ms."""


def probed_socket(address: AddrInfoType) -> socket.socket:
    """A socket whose connection is probed in silence, and ends if nobody answers for half a minute.

    It is the system that answers: a program that is busy may be so for as long as it likes.
    """
    family, kind, protocol, *_ = address
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return sock


def is_unheard(sock: socket.socket, seconds: float) -> bool:
    """Whether something waits to be acknowledged, and nothing has been for so long.

    While that is so, Linux sends no probes and tries for a quarter of an hour. Its
    ``TCP_USER_TIMEOUT`` would end that, and with it connections that are well: where a large
    request is taken slowly, and where a single probe was lost. Other systems do not tell, and
    go on probing.
    """
    if sys.platform != "linux":
        return False
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    probes: int
    unacked: int
    silent: int
    probes, unacked, silent = _TCP_INFO.unpack(told)
    # Without a route nothing leaves that could be acknowledged; then only probes are counted.
    return silent >= seconds * 1000 and (unacked > 0 or probes >= _PROBES["TCP_KEEPCNT"])
