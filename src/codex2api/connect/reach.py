"""By which address a client calls the server, and what has to be so for that to work."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from codex2api.connect.values import N_, Client, Reach

_ANY = ("0.0.0.0", "::")  # noqa: S104 (not bound)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DOCKER = "host.docker.internal"


@dataclass(frozen=True, slots=True)
class Listening:
    """How the server listens, by its settings.

    Attributes:
        allowed_hosts: Names that it may be called by.
    """

    host: str
    port: int
    on_loopback: bool = True
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for a person.

    Attributes:
        text: Marked for translation, with places for the values.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


def base_url(client: Client, server: Listening) -> str:
    """The address for this client; in capitals what only a person can know."""
    if client.reach is Reach.INTERNET:
        return "https://YOUR-SERVER.example/v1"
    host = {
        Reach.HERE: "127.0.0.1",
        Reach.CONTAINER: _DOCKER,
        Reach.NETWORK: "ADDRESS-OF-THIS-MACHINE",
    }[client.reach]
    named = server.host.strip("[]")
    if named not in (*_ANY, *_LOOPBACK):
        host = f"[{named}]" if ":" in named else named
    return f"http://{host}:{server.port}/v1"


def conditions(client: Client, server: Listening) -> list[Note]:
    """What has to be so, as far as it is not."""
    match client.reach:
        case Reach.HERE:
            return []
        case Reach.CONTAINER:
            return [*_bound(server), *_known_as(server, _DOCKER)]
        case Reach.NETWORK:
            return _bound(server)
        case Reach.INTERNET:
            return [
                Note(
                    N_(
                        "It calls from the internet: the server needs a public address with https "
                        "(a proxy or a tunnel), and its name in server.allowedHosts."
                    )
                )
            ]


def _bound(server: Listening) -> list[Note]:
    if not server.on_loopback:
        return []
    return [
        Note(
            N_(
                "The server listens on {host} only, which containers and other machines cannot "
                "reach (but those of Docker Desktop): codex2api config set server.host 0.0.0.0, "
                "and start it anew. Every program then needs a key."
            ),
            {"host": server.host},
        )
    ]


def _known_as(server: Listening, name: str) -> list[Note]:
    if name in server.allowed_hosts:
        return []
    names = ",".join((*server.allowed_hosts, name))
    return [
        Note(
            N_(
                "The server has to know that name: codex2api config set server.allowedHosts {names}"
            ),
            {"names": names},
        )
    ]
