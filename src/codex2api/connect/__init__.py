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
    "snippets",
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


def snippets(
    client: str, base_url: str, key: str | None, model: str, context_window: int = 272_000
) -> list[dict[str, str]]:
    """What to paste for a client, as plain values: label, language and text of each.

    Args:
        client: Its name.
        base_url: Of the OpenAI API, with ``/v1``.
        key: To show; ``None`` for a placeholder.
        model: A model, or ``MODEL-EFFORT``.
        context_window: Of the model, in tokens.

    Raises:
        LookupError: There is no such client.
        ValueError: Something could not be pasted as it is.
    """
    found = client_named(client).snippets(Setup(base_url, model, key, context_window))
    return [{"label": each.label, "language": each.language, "text": each.text} for each in found]
