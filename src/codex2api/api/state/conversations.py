"""``/v1/conversations``: create, retrieve, update, delete; and the items in them."""

from collections.abc import Container
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta
from starlette.responses import Response

from codex2api.api.media.attachments import Attachments
from codex2api.api.state.shelf import (
    WITH_INCLUDES,
    NewestFirst,
    Shelf,
    body_of,
    listed,
    not_found,
    raw,
    reader_of,
    shown,
)
from codex2api.conversations import ConversationStore, StoredConversation, StoredItem
from codex2api.dialects.metadata import Metadata, check_metadata
from codex2api.dialects.responses.input import upstream_input
from codex2api.dialects.responses.remembered import own_input, refuse_repeated
from codex2api.protocol.items import Item
from codex2api.protocol.json import Json, encode

_WHAT = "Conversation"

Items = Annotated[list[Item], Meta(max_length=20)]


class NewConversation(msgspec.Struct, kw_only=True):
    """The body that creates a conversation."""

    items: Items | None = None
    metadata: Metadata | None = None


class NewMetadata(msgspec.Struct, kw_only=True):
    """The body that replaces an object's metadata; ``null`` removes them."""

    metadata: Metadata | None


class NewItems(msgspec.Struct, kw_only=True):
    """The body that adds items."""

    items: Items


def conversations_router(shelf: Shelf, attachments: Attachments) -> APIRouter:
    """The routes of conversations themselves."""
    router = APIRouter(prefix="/v1/conversations", tags=["Conversations"])

    @router.post("", openapi_extra=body_of(NewConversation))
    async def create_conversation(request: Request) -> Response:
        """A new conversation, with its first items."""
        body = await shelf.body(request, NewConversation)
        check_metadata(body.metadata)
        conversation = StoredConversation(
            f"conv_{shelf.new_id()}",
            reader_of(request).owner,
            int(shelf.now()),
            body.metadata or {},
        )
        items = await _new_items(shelf, attachments, request, body.items or [])
        await (await _open(shelf)).add(conversation, items)
        return shown(_object(conversation))

    @router.get("/{conversation_id}")
    async def retrieve_conversation(request: Request, conversation_id: str) -> Response:
        """A conversation, without its items."""
        _, conversation = await _find(shelf, request, conversation_id)
        return shown(_object(conversation))

    @router.post("/{conversation_id}", openapi_extra=body_of(NewMetadata))
    async def update_conversation(request: Request, conversation_id: str) -> Response:
        """Replace a conversation's metadata."""
        body = await shelf.body(request, NewMetadata)
        check_metadata(body.metadata)
        store = await _open(shelf)
        found = await store.describe(reader_of(request), conversation_id, body.metadata or {})
        if found is None:
            raise not_found(_WHAT, conversation_id)
        return shown(_object(found))

    @router.delete("/{conversation_id}")
    async def delete_conversation(request: Request, conversation_id: str) -> Response:
        """Forget a conversation and its items."""
        if not await (await _open(shelf)).remove(reader_of(request), conversation_id):
            raise not_found(_WHAT, conversation_id)
        return shown({"id": conversation_id, "object": "conversation.deleted", "deleted": True})

    return router


def conversation_items_router(shelf: Shelf, attachments: Attachments) -> APIRouter:
    """The routes of items in conversations."""
    prefix = "/v1/conversations/{conversation_id}/items"
    router = APIRouter(prefix=prefix, tags=["Conversations"], dependencies=WITH_INCLUDES)

    @router.post("", openapi_extra=body_of(NewItems))
    async def create_items(request: Request, conversation_id: str) -> Response:
        """Add items to a conversation."""
        body = await shelf.body(request, NewItems)
        store, _ = await _find(shelf, request, conversation_id)
        there = {it.id for it in await store.all_items(conversation_id)}
        items = await _new_items(shelf, attachments, request, body.items, there)
        await store.add_items(conversation_id, items)
        return _items(items, has_more=False)

    @router.get("")
    async def list_items(request: Request, conversation_id: str, page: NewestFirst) -> Response:
        """The items of a conversation, the newest first unless asked otherwise."""
        store, _ = await _find(shelf, request, conversation_id)
        found = await store.items(conversation_id, page)
        return _items(found.rows, has_more=found.has_more)

    @router.get("/{item_id}")
    async def retrieve_item(request: Request, conversation_id: str, item_id: str) -> Response:
        """One item."""
        store, _ = await _find(shelf, request, conversation_id)
        item = await store.item(conversation_id, item_id)
        if item is None:
            raise not_found("Item", item_id)
        return shown(raw(item.item))

    @router.delete("/{item_id}")
    async def delete_item(request: Request, conversation_id: str, item_id: str) -> Response:
        """Remove one item; the answer is the conversation."""
        store, conversation = await _find(shelf, request, conversation_id)
        if not await store.remove_item(conversation_id, item_id):
            raise not_found("Item", item_id)
        return shown(_object(conversation))

    return router


async def _open(shelf: Shelf) -> ConversationStore:
    return (await shelf.stores()).conversations


async def _find(
    shelf: Shelf, request: Request, name: str
) -> tuple[ConversationStore, StoredConversation]:
    store = await _open(shelf)
    found = await store.find(reader_of(request), name)
    if found is None:
        raise not_found(_WHAT, name)
    return store, found


async def _new_items(
    shelf: Shelf,
    attachments: Attachments,
    request: Request,
    given: list[Item],
    there: Container[str] = (),
) -> list[StoredItem]:
    """Items as they are kept, files by their ids; those that could never be sent are refused."""
    reader = reader_of(request)
    refuse_repeated(given, there, "items")
    upstream_input(await attachments.fill(reader, lambda fill: fill(given, "items")), "items")
    items = own_input(given, shelf.new_id)
    return [StoredItem(item["id"], encode(item)) for item in items]


def _items(items: Any, *, has_more: bool) -> Response:
    return listed([raw(it.item) for it in items], [it.id for it in items], has_more=has_more)


def _object(conversation: StoredConversation) -> dict[str, Json]:
    return {
        "id": conversation.id,
        "object": "conversation",
        "created_at": conversation.created,
        "metadata": conversation.metadata,
    }
