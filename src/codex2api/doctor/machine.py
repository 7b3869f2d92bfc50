"""This machine: Python, ports, what ``localhost`` means, proxy variables."""

import errno
import platform
import socket
import sys
from collections.abc import Mapping, Sequence

from codex2api.doctor.finding import Finding, fine, problem, warning
from codex2api.doctor.subject import PortUse
from codex2api.texts.said import N_

_OLDEST = (3, 11)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_LOOPBACK = ("localhost", "127.0.0.1")


def check_python(version: str) -> Finding:
    """Which Python runs which codex2api."""
    python = platform.python_version()
    if sys.version_info < _OLDEST:
        return problem(
            "python",
            N_("Python {python} is too old."),
            N_("Install codex2api with Python 3.11 or newer."),
            python=python,
        )
    return fine(
        "python", N_("Python {python}, codex2api {version}"), python=python, version=version
    )


def check_server(host: str, port: int, use: PortUse) -> Finding:
    """Whether the server runs, or could."""
    url = f"http://{_bracketed(host)}:{port}"
    match use:
        case PortUse.OURS:
            return fine("server", N_("The server runs at {url}."), url=url)
        case PortUse.FREE:
            return fine(
                "server",
                N_("The server does not run; port {port} is free."),
                "codex2api serve",
                port=port,
            )
        case PortUse.OTHER_HOME:
            return problem(
                "server",
                N_("Port {port} is in use by another codex2api, with another home."),
                "codex2api serve --port {other}",
                port=port,
                other=_free_port(host, port),
            )
        case PortUse.STRANGER:
            return problem(
                "server",
                N_("Port {port} is in use by another program."),
                "codex2api serve --port {other}",
                port=port,
                other=_free_port(host, port),
            )


def check_sign_in_ports(ports: Sequence[int]) -> Finding:
    """Whether a browser could come back from a sign-in."""
    free = [port for port in ports if is_free("127.0.0.1", port)]
    if free:
        return fine("sign_in_port", N_("Port {port} is free for a sign-in."), port=free[0])
    return warning(
        "sign_in_port",
        N_("Port {ports} is in use: a browser could not come back from a sign-in."),
        "codex2api login --device",
        ports=", ".join(str(port) for port in ports),
    )


def check_localhost(host: str, port: int, use: PortUse) -> Finding:
    """Whether clients that are told ``localhost`` find the server."""
    try:
        found = socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    usable = [address for address in addresses if _has(address)]
    if use is PortUse.OURS:
        silent = [address for address in usable if not _answers(address, port)]
    else:
        silent = [address for address in usable if not would_listen(host, address)]
    return judge_localhost(addresses, silent, port)


def judge_localhost(addresses: Sequence[str], silent: Sequence[str], port: int) -> Finding:
    """What the addresses of ``localhost`` mean, some of which nobody listens on."""
    if not addresses:
        return warning(
            "localhost",
            N_("The name localhost has no address on this machine."),
            N_("Tell clients http://127.0.0.1:{port}/v1, or add localhost to the hosts file."),
            port=port,
        )
    if silent:
        return warning(
            "localhost",
            N_("localhost also means {silent}, where the server does not listen: some clients"
               " then fail."),
            N_("Tell clients http://127.0.0.1:{port}/v1, or: codex2api config set server.host"
               " localhost"),
            silent=", ".join(silent),
            port=port,
        )  # fmt: skip
    return fine(
        "localhost",
        N_("localhost is {addresses}, as it should be."),
        addresses=", ".join(addresses),
    )


def would_listen(host: str, address: str) -> bool:
    """Whether a server with this host would be heard at an address of ``localhost``."""
    host = host.strip("[]")
    wildcard = "::" if ":" in address else "0.0.0.0"  # noqa: S104 (compared, not bound)
    return host in ("localhost", address, wildcard)


def check_proxies(environment: Mapping[str, str], *, has_proxy: bool) -> Finding:
    """Whether we use the proxy that variables ask for; their values stay hidden."""
    given = _proxies(environment)
    if has_proxy:
        return fine("proxy", N_("The proxy of backend.proxy is used."))
    if not given:
        return fine("proxy", N_("No proxy is used, and no proxy variable is set."))
    names = ", ".join(given)
    if all(value.lower().startswith("socks") for value in given.values()):
        return warning(
            "proxy",
            N_("{names} names a SOCKS proxy, which codex2api cannot use; it connects directly."),
            N_(
                "If ChatGPT is only reached through a proxy, give an HTTP one: "
                "codex2api config set backend.proxy http://HOST:PORT"
            ),
            names=names,
        )
    return warning(
        "proxy",
        N_("{names} is set, but codex2api heeds its own setting only, and connects directly."),
        N_("If a proxy is needed: codex2api config set backend.proxy http://HOST:PORT"),
        names=names,
    )


def check_no_proxy(environment: Mapping[str, str]) -> Finding:
    """Whether clients on this machine would ask a proxy for this server."""
    given = _proxies(environment)
    if not given or spares_loopback(_variable(environment, "NO_PROXY")):
        return fine("no_proxy", N_("Clients on this machine reach the server without a proxy."))
    return warning(
        "no_proxy",
        N_("NO_PROXY does not name this machine: clients here may ask a proxy for the server."),
        "export NO_PROXY=localhost,127.0.0.1,::1",
    )


def spares_loopback(no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` keeps calls to this machine away from the proxy."""
    spared = [part.strip().lstrip(".") for part in no_proxy.split(",")]
    return "*" in spared or any(name in spared for name in _LOOPBACK)


def is_free(host: str, port: int) -> bool:
    """Whether somebody could listen there; an address that is not ours is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
    return True


def _free_port(host: str, port: int) -> int:
    address = "127.0.0.1" if host in ("localhost", "::", "0.0.0.0") else host.strip("[]")  # noqa: S104
    return next((each for each in range(port + 1, port + 100) if is_free(address, each)), 0)


def _has(address: str) -> bool:
    """Whether this machine has that address: ``localhost`` may name ::1 where there is no IPv6."""
    return is_free(address, 0)


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables that are set."""
    return {name: value for name in _PROXIES if (value := _variable(environment, name))}


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.lower()) or ""


def _bracketed(host: str) -> str:
    host = host.strip("[]")
    return f"[{host}]" if ":" in host else host
