"""``/admin/api/connect``: what to paste into each client, filled in for this server.

The key is not: a page that knows one puts it in the placeholder's place by itself, so that no key
has to come back here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Query, Request
from msgspec import Struct
from pydantic import BaseModel, Field
from starlette.responses import Response

from codex2api.api.packed import packed
from codex2api.connect import CLIENTS, Client, Listening, Note, Setup, base_url, conditions
from codex2api.connect.values import KEY_PLACEHOLDER, KEY_VARIABLE, Reach
from codex2api.errors import ApiError, Kind
from codex2api.texts import catalogue, preferred

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ConnectQuery(BaseModel):
    """What the snippets are filled with.

    Attributes:
        origin: Under which the server was reached by whoever asks.
    """

    model: Annotated[str, Field(max_length=256)]
    origin: Annotated[str, Field(max_length=512)]
    context_window: Annotated[int, Field(ge=1, le=2**31)] = 272_000


class SnippetCard(Struct, frozen=True):
    """A text to paste, and where."""

    label: str
    language: str
    text: str


class ClientCard(Struct, frozen=True, kw_only=True):
    """A client.

    Attributes:
        kind: ``sdk``, ``shell``, ``editor`` or ``app``.
        source: Where its makers say how it is configured.
        writes: Whether ``codex2api connect NAME --write`` edits its own file.
        notes: What to know besides, in the reader's language.
    """

    name: str
    title: str
    kind: str
    source: str
    writes: bool
    base_url: str
    snippets: Sequence[SnippetCard]
    notes: Sequence[str]


class ClientCards(Struct, frozen=True, kw_only=True):
    """All clients.

    Attributes:
        key_placeholder: What stands where a key belongs.
        key_wanted: Whether this server wants one at all.
    """

    key_placeholder: str
    key_wanted: bool
    clients: Sequence[ClientCard]


def connect_router(server: Listening, *, key_wanted: bool) -> APIRouter:
    """The route.

    Args:
        server: How it listens.
        key_wanted: Whether callers need a key.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/connect")
    async def connect(
        request: Request,
        query: Annotated[ConnectQuery, Query()],
        accept_language: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Every client, with what to paste."""
        here = _reached(server, query.origin)
        translate = catalogue(preferred(accept_language)).gettext
        cards = [_card(client, here, query, translate) for client in CLIENTS]
        return packed(
            request,
            ClientCards(key_placeholder=KEY_PLACEHOLDER, key_wanted=key_wanted, clients=cards),
        )

    return router


def _reached(server: Listening, origin: str) -> Listening:
    """How the server listens, at the port that leads to it: a container's may be another one.

    Raises:
        ApiError: The origin is none.
    """
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
        Setup(f"{origin.rstrip('/')}/v1", "any")
    except ValueError:
        raise _odd(f"'{origin[:80]}' is no origin.", "origin") from None
    return replace(server, port=port) if host in _LOOPBACK and port else server


def _address(client: Client, server: Listening, origin: str) -> str:
    """Whoever looks from another machine, or through a proxy, has proved an address that works."""
    parts = urlsplit(origin)
    is_public = parts.scheme == "https"
    if parts.hostname in _LOOPBACK or (client.reach is Reach.INTERNET and not is_public):
        return base_url(client, server)
    return f"{origin.rstrip('/')}/v1"


def _card(
    client: Client, server: Listening, query: ConnectQuery, translate: Callable[[str], str]
) -> ClientCard:
    address = _address(client, server, query.origin)
    try:
        setup = Setup(address, query.model, context_window=query.context_window)
    except ValueError as error:
        raise _odd(str(error), "model") from None
    return ClientCard(
        name=client.name,
        title=client.title,
        kind=client.kind,
        source=client.source,
        writes=client.edit is not None,
        base_url=address,
        snippets=[*_variable(client, translate), *_snippets(client, setup)],
        notes=_notes(client, server, address, translate),
    )


def _variable(client: Client, translate: Callable[[str], str]) -> list[SnippetCard]:
    """How a client that reads its key from the environment gets it."""
    if client.pastes_key:
        return []
    line = f"export {KEY_VARIABLE}={KEY_PLACEHOLDER}\n"
    return [SnippetCard(translate("Shell"), "sh", line)]


def _snippets(client: Client, setup: Setup) -> list[SnippetCard]:
    return [SnippetCard(each.label, each.language, each.text) for each in client.snippets(setup)]


def _notes(
    client: Client, server: Listening, address: str, translate: Callable[[str], str]
) -> list[str]:
    wanted = conditions(client, server) if address == base_url(client, server) else []
    return [*map(translate, client.notes), *(_said(note, translate) for note in wanted)]


def _said(note: Note, translate: Callable[[str], str]) -> str:
    return translate(note.text).format(**note.values)


def _odd(message: str, param: str) -> ApiError:
    return ApiError(Kind.BAD_REQUEST, message, param=param, code="invalid_value")
