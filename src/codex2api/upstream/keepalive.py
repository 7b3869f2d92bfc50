"""How a connection learns that its path has died: another network, a lid that was shut, a NAT."""

import socket
import struct
import sys

from aiohappyeyeballs import AddrInfoType

_MOST_PROBES = 3

_TCP_INFO = struct.Struct("=3xB20xI28xI")
"""What Linux tells in ``struct tcp_info``: ``probes``, ``unacked`` and ``last_ack_recv``, in ms."""


def probed_socket(address: AddrInfoType) -> socket.socket:
    """A socket whose connection is probed in silence, and ends if nobody answers for half a minute.

    It is the system that answers: a program that is busy may be so for as long as it likes.
    """
    family, kind, protocol, *_ = address
    sock = socket.socket(family, kind, protocol)
    probe(sock, after=15, every=5, times=_MOST_PROBES)
    return sock


def probe(sock: socket.socket, *, after: int, every: int, times: int) -> None:
    """Have the system ask whether the other side is there, and end the connection if it is not.

    Connections that a listening socket takes in inherit it.

    Args:
        sock: Of TCP.
        after: Seconds of silence.
        every: Seconds between two probes.
        times: Probes without an answer that are enough.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"  # macOS' name
    for name, value in ((idle, after), ("TCP_KEEPINTVL", every), ("TCP_KEEPCNT", times)):
        if hasattr(socket, name):  # else the system's own: two hours, mostly
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


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
    return silent >= seconds * 1000 and (unacked > 0 or probes >= _MOST_PROBES)
