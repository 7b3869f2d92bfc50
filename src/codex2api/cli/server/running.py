"""Our own server, if it runs: it has to prove that it is ours before it gets the key."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.doctor import PortUse
    from codex2api.settings import Settings

_SOON = 2.0
"""Seconds in which a server tells that it is ours."""

_PATIENCE = 20.0
"""Seconds for all else: it may have to load the route, and to ask ChatGPT for its models."""

_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that holds our key."""

    host: str
    port: int
    key: str = field(repr=False)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{self.host}:{self.port}"

    def ask(self, path: str) -> Any:
        """What a GET route answers; ``None`` for anything but JSON with status 200."""
        asked_as = {"authorization": f"Bearer {self.key}"}
        return _get(self.host, self.port, path, asked_as, _PATIENCE)


def whose_port(settings: "Settings") -> str:
    """In a sentence about a taken port: by whom, if it is a codex2api; else nothing."""
    if find_server(settings) is not None:
        return _(" by codex2api with this very home")
    path = f"/health?challenge={secrets.token_hex(16)}"
    answer = _get(_reachable(settings.server.host), settings.server.port, path, {})
    if isinstance(answer, dict) and answer.keys() == {"status", "proof"}:
        return _(" by another codex2api, with another home")
    return ""


def port_use(settings: "Settings") -> "PortUse":
    """Who has the server's port."""
    from codex2api.doctor import PortUse
    from codex2api.doctor.machine import is_free

    host, port = _reachable(settings.server.host), settings.server.port
    if find_server(settings) is not None:
        return PortUse.OURS
    if port == 0 or is_free(host.strip("[]"), port):
        return PortUse.FREE
    return PortUse.OTHER_HOME if whose_port(settings) else PortUse.STRANGER


def running_version(settings: "Settings") -> str | None:
    """The version of our server, if it runs and tells."""
    server = find_server(settings)
    told = server.ask("/admin/api/about") if server else None
    version = told.get("version") if isinstance(told, dict) else None
    return version if isinstance(version, str) else None


def find_server(settings: "Settings") -> RunningServer | None:
    """The server of these settings, if one runs and proves that it is ours."""
    try:
        key = (settings.data_dir / "local.key").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    host = _reachable(settings.server.host)
    challenge = secrets.token_hex(16)
    answer = _get(host, settings.server.port, f"/health?challenge={challenge}", {})
    proof = answer.get("proof") if isinstance(answer, dict) else None
    expected = hmac.new(key.encode(), challenge.encode(), sha256).hexdigest()
    if not (isinstance(proof, str) and proof.isascii() and hmac.compare_digest(proof, expected)):
        return None
    return RunningServer(host, settings.server.port, key)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host  # noqa: S104 - not bound


def _get(host: str, port: int, path: str, headers: dict[str, str], patience: float = _SOON) -> Any:
    connection = HTTPConnection(host, port, timeout=patience)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read(_LARGEST)
        return json.loads(body) if response.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
