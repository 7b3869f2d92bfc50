"""``/v1/responses/{id}``: retrieve (also as a stream), delete, cancel, and the input items."""

from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from codex2api.api.state.background import Background, EventLog
from codex2api.api.state.following import Followed, finished_log
from codex2api.api.state.history import input_of
from codex2api.api.state.shelf import (
    WITH_INCLUDES,
    NewestFirst,
    Shelf,
    listed,
    not_found,
    raw,
    reader_of,
    shown,
)
from codex2api.conversations import Reader, StoredResponse, Stores, cancelled, interrupted
from codex2api.dialects.responses.remembered import lost_events
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, decode
from codex2api.protocol.sse import encode as encode_frames

_WHAT = "Response"


def stored_responses_router(shelf: Shelf, background: Background, keepalive: float) -> APIRouter:
    """The routes of responses themselves.

    Args:
        shelf: Where responses are.
        background: The responses that this process is working on.
        keepalive: Seconds of silence before a comment in a stream.
    """
    router = APIRouter(prefix="/v1/responses/{response_id}", tags=["Responses"])

    @router.get("", dependencies=WITH_INCLUDES)
    async def retrieve_response(
        request: Request,
        response_id: str,
        stream: bool = False,
        starting_after: Annotated[int, Query(ge=-1)] = -1,
    ) -> Response:
        """A response; with ``stream=true`` its events, from the one after ``starting_after``."""
        stores, found = await _find(shelf, background, request, response_id)
        if not stream:
            return shown(_as_it_is(found, background))
        if not decode(found.body)["background"]:
            raise _in_the_foreground()
        log = background.log(found.id)
        if log is not None:
            return Followed(lambda: _at_hand(log), starting_after, keepalive)
        find = partial(finished_log, stores, reader_of(request), found, starting_after)
        return Followed(find, starting_after, keepalive)

    @router.delete("")
    async def delete_response(request: Request, response_id: str) -> Response:
        """Forget a response; one that is under way is stopped."""
        stores = await shelf.stores()
        if not await stores.responses.remove(reader_of(request), response_id):
            raise not_found(_WHAT, response_id)
        await background.cancel(response_id)
        return shown({"id": response_id, "object": "response", "deleted": True})

    return router


def response_details_router(shelf: Shelf, background: Background) -> APIRouter:
    """The routes below a response.

    Args:
        shelf: Where responses are.
        background: The responses that this process is working on.
    """
    router = APIRouter(prefix="/v1/responses/{response_id}", tags=["Responses"])

    @router.post("/cancel")
    async def cancel_response(request: Request, response_id: str) -> Response:
        """Stop a background response; of one that has ended, nothing changes."""
        stores, found = await _find(shelf, background, request, response_id)
        body = decode(found.body)
        if not body["background"]:
            raise ApiError(Kind.BAD_REQUEST, "Cannot cancel a synchronous response.")
        if found.runner is not None:
            await _cancel(stores, found, background)
        _, found = await _find(shelf, background, request, response_id)
        return shown(raw(found.body))

    @router.get("/input_items", dependencies=WITH_INCLUDES)
    async def list_input_items(request: Request, response_id: str, page: NewestFirst) -> Response:
        """All that a response was asked with, the newest first unless asked otherwise.

        Turns that were deleted are missing.
        """
        stores = await shelf.stores()
        chain = await stores.responses.chain(reader_of(request), response_id)
        if not chain:
            raise not_found(_WHAT, response_id)
        items = await input_of(stores, chain)
        part = page.cut(items, itemgetter("id"))
        names = [item["id"] for item in part.rows]
        return listed(part.rows, names, has_more=part.has_more)

    return router


async def _find(
    shelf: Shelf, background: Background, request: Request, name: str
) -> tuple[Stores, StoredResponse]:
    stores = await shelf.stores()
    found = await as_it_stands(stores, background, reader_of(request), name)
    if found is None:
        raise not_found(_WHAT, name)
    return stores, found


async def as_it_stands(
    stores: Stores, background: Background, reader: Reader, name: str
) -> StoredResponse | None:
    """A response; one that this process was working on and no longer is has been interrupted."""
    found = await stores.responses.find(reader, name)
    if not _seems_lost(stores, background, found):
        return found
    # It may have ended since we looked: its end is kept before its log goes. So look again.
    found = await stores.responses.find(reader, name)
    if found is not None and _seems_lost(stores, background, found):
        found = interrupted(found)  # its end could not be kept: nobody is working on it any more
        await stores.responses.finish(found)
    return found


def _seems_lost(stores: Stores, background: Background, found: StoredResponse | None) -> bool:
    if found is None or found.runner is None:
        return False
    return found.runner == stores.begin_running() and background.log(found.id) is None


async def _cancel(stores: Stores, found: StoredResponse, background: Background) -> None:
    ended, ending = cancelled(found), b""
    log = background.log(found.id)
    if log is not None:
        ending = encode_frames(lost_events(decode(ended.body), log.next_number))
        ended = replace(ended, events=log.packed(ending))
    if await stores.responses.finish(ended):
        await background.cancel(found.id, ending)


def _as_it_is(found: StoredResponse, background: Background) -> Json:
    """The body; whether work on it has begun is known to who does it."""
    log = background.log(found.id)
    if found.runner is None or log is None or not log.started:
        return raw(found.body)
    return decode(found.body) | {"status": "in_progress"}


def _in_the_foreground() -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        "This response cannot be streamed: it was not made with 'background'.",
        param="stream",
        code="invalid_value",
    )


async def _at_hand(log: EventLog) -> EventLog:
    return log
