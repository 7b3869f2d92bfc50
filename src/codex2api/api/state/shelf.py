"""What the routes for remembered objects share: who asks, for which page, and how it is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from codex2api.api.body import read_body
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import forbid, is_strict
from codex2api.api.state.opening import OpenStores, as_reader
from codex2api.conversations import Page, Reader
from codex2api.dialects.base import parse_body
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, encode

StructT = TypeVar("StructT", bound=msgspec.Struct)

Include: TypeAlias = Literal[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
]
"""Extras that the API knows."""


def known_includes(
    include: Annotated[Sequence[Include], Query()] = (),
    bracketed: Annotated[Sequence[Include], Query(alias="include[]")] = (),
) -> Sequence[Include]:
    """The extras that are asked for; what they could add is shown in any case."""
    return (*include, *bracketed)


_Limit: TypeAlias = Annotated[int, Query(ge=1, le=100)]
_Order: TypeAlias = Literal["asc", "desc"]


def oldest_first(limit: _Limit = 20, after: str | None = None, order: _Order = "asc") -> Page:
    """The page that is asked for."""
    return Page(limit, after, order == "desc")


def newest_first(limit: _Limit = 20, after: str | None = None, order: _Order = "desc") -> Page:
    """The page that is asked for."""
    return Page(limit, after, order == "desc")


OldestFirst: TypeAlias = Annotated[Page, Depends(oldest_first)]
NewestFirst: TypeAlias = Annotated[Page, Depends(newest_first)]
WITH_INCLUDES = [Depends(known_includes)]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the routes find what is remembered.

    Attributes:
        stores: Opens it.
        max_body: Bytes of a request.
        new_id: Random and unique.
        now: Unix seconds.
        strict: Whether nothing may be dropped.
    """

    stores: OpenStores
    max_body: int
    new_id: Callable[[], str]
    now: Callable[[], float]
    strict: bool = False

    async def body(self, request: Request, schema: type[StructT]) -> StructT:
        """The request's body; none at all is an empty object. The answer names what it drops.

        Raises:
            ApiError: It is not of the schema, or in strict mode there is more.
        """
        exchange = exchange_of(request.scope)
        data = await read_body(exchange.asked, request.receive, self.max_body)
        body, given = parse_body(data or b"{}", schema)
        unknown = tuple(name for name in given if name not in schema.__struct_fields__)
        forbid(unknown, is_strict(exchange.asked, self.strict))
        exchange.dropped = unknown
        return body


def reader_of(request: Request) -> Reader:
    """Who asks."""
    caller = exchange_of(request.scope).caller
    if caller is None:
        raise ApiError(Kind.INVALID_KEY, "This needs a key.")
    return as_reader(caller)


def not_found(what: str, name: str) -> ApiError:
    """The error for an object that is not there, or not the caller's."""
    return ApiError(Kind.NOT_FOUND, f"{what} with id '{name[:100]}' not found.")


def shown(body: Json) -> Response:
    """A JSON answer."""
    return Response(encode(body), media_type="application/json")


def listed(objects: Sequence[Any], names: Sequence[str], *, has_more: bool) -> Response:
    """A page of a list; names of an empty one are empty, as the published schema has no null."""
    return shown(
        {
            "object": "list",
            "data": objects,
            "first_id": names[0] if names else "",
            "last_id": names[-1] if names else "",
            "has_more": has_more,
        }
    )


def body_of(schema: type) -> dict[str, object]:
    """What the API reference says of a body that ``Shelf.body`` reads."""
    (shape,), components = msgspec.json.schema_components([schema])
    content = {"application/json": {"schema": components.get(schema.__name__, shape)}}
    return {"requestBody": {"required": True, "content": content}}


def raw(text: bytes) -> msgspec.Raw:
    """Stored JSON on its way out."""
    return msgspec.Raw(text)
