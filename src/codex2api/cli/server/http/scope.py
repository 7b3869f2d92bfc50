"""A request as ASGI describes it (its HTTP specification, version 2.3)."""

import asyncio
from urllib.parse import unquote

import httptools
from starlette.types import Scope
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

_ASGI = {"version": "3.0", "spec_version": "2.3"}


def connection_scope(transport: asyncio.Transport) -> Scope:
    """What all requests of a connection share."""
    return {
        "type": "http",
        "asgi": _ASGI,
        "server": get_local_addr(transport),
        "client": get_remote_addr(transport),
        "scheme": "https" if is_ssl(transport) else "http",
        "root_path": "",
    }


def request_scope(
    method: bytes, target: bytes, version: str, headers: list[tuple[bytes, bytes]]
) -> Scope:
    """What one request adds.

    Args:
        method: As it was sent.
        target: In origin form, as clients send it, or in absolute form, as proxies do.
        version: Like ``1.1``.
        headers: Names in lower case.

    Raises:
        httptools.HttpParserInvalidURLError: The target has another form, or none.
        UnicodeDecodeError: It is not ASCII.
    """
    if not target.startswith(b"/") or b"#" in target:
        url = httptools.parse_url(target)
        target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "http_version": version,
        "method": method.decode("ascii"),
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
    }
