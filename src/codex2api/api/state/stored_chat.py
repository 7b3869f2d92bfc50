"""``/v1/chat/completions`` for stored completions: list, retrieve, update, delete, messages."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from codex2api.api.state.conversations import NewMetadata
from codex2api.api.state.shelf import (
    OldestFirst,
    Shelf,
    body_of,
    listed,
    not_found,
    reader_of,
    shown,
)
from codex2api.conversations import CompletionStore, StoredCompletion
from codex2api.dialects.metadata import check_metadata
from codex2api.protocol.json import Json, decode

_WHAT = "Chat completion"


def stored_chat_router(shelf: Shelf) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/chat/completions", tags=["Chat"])

    @router.get("")
    async def list_completions(
        request: Request, page: OldestFirst, model: str | None = None
    ) -> Response:
        """The caller's stored completions, with ``metadata[name]=value`` those of that mark."""
        store = await _open(shelf)
        found = await store.list(reader_of(request), page, model, _filters(request))
        names = [completion.id for completion in found.rows]
        return listed([_object(each) for each in found.rows], names, has_more=found.has_more)

    @router.get("/{completion_id}")
    async def retrieve_completion(request: Request, completion_id: str) -> Response:
        """A stored completion."""
        return shown(_object(await _find(shelf, request, completion_id)))

    @router.post("/{completion_id}", openapi_extra=body_of(NewMetadata))
    async def update_completion(request: Request, completion_id: str) -> Response:
        """Replace a stored completion's metadata."""
        body = await shelf.body(request, NewMetadata)
        check_metadata(body.metadata)
        store = await _open(shelf)
        found = await store.describe(reader_of(request), completion_id, body.metadata or {})
        if found is None:
            raise not_found(_WHAT, completion_id)
        return shown(_object(found))

    @router.delete("/{completion_id}")
    async def delete_completion(request: Request, completion_id: str) -> Response:
        """Forget a stored completion."""
        if not await (await _open(shelf)).remove(reader_of(request), completion_id):
            raise not_found(_WHAT, completion_id)
        return shown({"id": completion_id, "object": "chat.completion.deleted", "deleted": True})

    @router.get("/{completion_id}/messages")
    async def list_messages(request: Request, completion_id: str, page: OldestFirst) -> Response:
        """The messages that a stored completion answers."""
        found = await _find(shelf, request, completion_id)
        messages = [_message(at, each, found.id) for at, each in enumerate(decode(found.messages))]
        part = page.cut(messages, lambda message: str(message["id"]))
        names = [str(message["id"]) for message in part.rows]
        return listed(part.rows, names, has_more=part.has_more)

    return router


async def _open(shelf: Shelf) -> CompletionStore:
    return (await shelf.stores()).completions


async def _find(shelf: Shelf, request: Request, name: str) -> StoredCompletion:
    found = await (await _open(shelf)).find(reader_of(request), name)
    if found is None:
        raise not_found(_WHAT, name)
    return found


def _filters(request: Request) -> dict[str, str]:
    """``metadata[name]=value``, as OpenAI's clients write it."""
    prefix = "metadata["
    return {
        name.removeprefix(prefix).removesuffix("]"): value
        for name, value in request.query_params.items()
        if name.startswith(prefix) and name.endswith("]")
    }


def _object(completion: StoredCompletion) -> dict[str, Json]:
    body: dict[str, Json] = decode(completion.body)
    return body | {"metadata": completion.metadata}


def _message(at: int, message: Mapping[str, Any], completion: str) -> dict[str, Json]:
    content = message.get("content")
    parts = content if isinstance(content, list) else None
    return {
        **message,
        "id": f"{completion}-{at}",
        "content": None if parts else content,
        "content_parts": parts,
        "refusal": message.get("refusal"),
    }
