"""The routes for what was remembered."""

from fastapi import APIRouter

from codex2api.api.media.attachments import Attachments
from codex2api.api.state.background import Background
from codex2api.api.state.conversations import conversation_items_router, conversations_router
from codex2api.api.state.shelf import Shelf
from codex2api.api.state.stored_chat import stored_chat_router
from codex2api.api.state.stored_responses import response_details_router, stored_responses_router


def remembering_routers(
    shelf: Shelf, background: Background, attachments: Attachments, keepalive: float
) -> list[APIRouter]:
    """All of them."""
    return [
        stored_responses_router(shelf, background, keepalive),
        response_details_router(shelf, background),
        conversations_router(shelf, attachments),
        conversation_items_router(shelf, attachments),
        stored_chat_router(shelf),
    ]
