"""Clients of this server: what to paste where, and how their own files are edited.

Pure: texts out of values. The command line (``codex2api connect``), the dashboard's page and
``docs/clients.md`` show the same values.
"""

import difflib

from codex2api.connect import apps, editors, sdks, shells
from codex2api.connect.reach import Listening, Note, base_url, conditions
from codex2api.connect.values import Client, Setup, Snippet

CLIENTS: tuple[Client, ...] = (*sdks.CLIENTS, *shells.CLIENTS, *editors.CLIENTS, *apps.CLIENTS)
"""All of them, by kind."""

__all__ = [
    "CLIENTS",
    "Client",
    "Listening",
    "Note",
    "Setup",
    "Snippet",
    "base_url",
    "client_named",
    "conditions",
]


def client_named(name: str) -> Client:
    """The client of this name.

    Raises:
        LookupError: There is none; the message names the nearest.
    """
    clients = {client.name: client for client in CLIENTS}
    if name in clients:
        return clients[name]
    near = difflib.get_close_matches(name.lower(), clients, n=1, cutoff=0.0)[0]
    raise LookupError(f"There is no client '{name}'. The nearest is '{near}'.")
