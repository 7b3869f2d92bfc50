"""What of a changed config file a running server takes, and what waits for its next start.

Taken is what only decides how a request is answered. The rest is what sockets, connections,
processes and files were made by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from codex2api.settings.schema import Settings, known_keys

_TAKEN_SECTIONS = ("codex.", "messages.", "accounts.")

_TAKEN_KEYS = frozenset(
    {
        "server.allowedHosts",
        "server.allowedOrigins",
        "server.apiKeys",
        "server.drainSeconds",
        "server.maxBodyBytes",
        "server.socketIdleSeconds",
        "server.socketSeconds",
        "backend.idleTimeout",
        "logging.level",
        "logging.enableRequestLogging",
        "store.responsesTtlDays",
        "store.maxFileBytes",
    }
)


def is_taken(key: str) -> bool:
    """Whether a change of this key takes effect without a restart."""
    return key in _TAKEN_KEYS or key.startswith(_TAKEN_SECTIONS)


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference that a file makes to a running server.

    Attributes:
        settings: By which it serves from now on.
        taken: Keys that have another value in them.
        waiting: Keys whose value in the file counts from the next start on.
    """

    settings: Settings
    taken: Sequence[str]
    waiting: Sequence[str]


def changes(running: Settings, wanted: Settings) -> Changes:
    """What becomes of settings that were read, whole and valid, while others are in force."""
    before, after = running.by_key(), wanted.by_key()
    # To set a key to its default is a change, too: a chosen effort outweighs the models' own.
    taken = [
        key
        for key in known_keys()
        if is_taken(key)
        and (before[key] != after[key] or running.is_set(key) != wanted.is_set(key))
    ]
    waiting = [key for key in known_keys() if not is_taken(key) and before[key] != after[key]]
    settings = running.with_values_of(wanted, [key for key in known_keys() if is_taken(key)])
    return Changes(settings, taken, waiting)
