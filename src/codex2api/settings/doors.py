"""What may stand in the lists that open a door: hosts, origins of pages, proxies, keys.

A wrong entry there would be silent: nobody is let in whom it was meant for, or everybody.
"""

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")

_STOCK = re.compile(
    r"(sk|my|the|an?)*(x*|none|null|(api|secret)?key|api|secret|password|token|test|example|sample"
    r"|dummy|placeholder|admin)*(here)?\d*"
    r"|(please)?(change|replace|insert|fill)(this|me|it|in|an?|key|please|now|with|your)*\d*"
    r"|(client|server)key(of(mine|yours))?"
    r"|\w*your(own|open|ai|api|client|secret|server)*(key|secret|token)\w{0,8}"
)
"""Of keys in examples, without their punctuation."""

_SHORTEST_KEY = 16
_FEWEST_CHARACTERS = 6
_MAKE_ONE = "make a key, such as with: openssl rand -hex 32"


def host(text: str) -> str:
    """A name that the server is called by; a port behind it does not count.

    Raises:
        ValueError: It is an address of a page, or a pattern: neither would ever match.
    """
    plain = text.strip().lower()
    if not _HOST.fullmatch(plain):
        raise ValueError("a name such as box.example is expected, without http:// and without *")
    return plain


def origin(text: str) -> str:
    """A page's origin as browsers send it; apps have schemes of their own (``app://…``).

    Raises:
        ValueError: It is none; ``*`` and ``null`` would be everybody.
    """
    plain = text.strip().rstrip("/").lower()
    try:
        parts = urlsplit(plain)
        port, known = parts.port, bool(parts.scheme and parts.hostname)
    except ValueError:
        known = False
    if not known or plain != f"{parts.scheme}://{parts.netloc}" or not _is_plain(parts.netloc):
        raise ValueError("an origin such as https://chat.example is expected, without a path")
    if port is not None and port == _DEFAULT_PORTS.get(parts.scheme):
        return plain.removesuffix(f":{port}")
    return plain


def network(text: str) -> str:
    """The address of a proxy, or a network in which all addresses are.

    Raises:
        ValueError: It is none.
    """
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(
            "an IP address or network such as 10.0.0.0/8 is expected, without host bits"
        ) from None
    return text


def own_key(text: str) -> str:
    """A client key that somebody made.

    Raises:
        ValueError: It stands in examples, which whoever scans for servers tries first, or it can be
            guessed.
    """
    if _STOCK.fullmatch(re.sub(r"[\W_]", "", text.lower())):
        raise ValueError(f"this is a placeholder; {_MAKE_ONE}")
    if len(text) < _SHORTEST_KEY:
        raise ValueError(f"this has fewer than {_SHORTEST_KEY} characters; {_MAKE_ONE}")
    if len(set(text.removeprefix("sk-").lower())) < _FEWEST_CHARACTERS:
        raise ValueError(f"this repeats a few characters, which can be guessed; {_MAKE_ONE}")
    return text


def _is_plain(netloc: str) -> bool:
    return netloc.isascii() and netloc.isprintable() and not set("@*\\ ") & set(netloc)
