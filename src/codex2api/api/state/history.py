"""What was said before a request: the turns of a chain, the items of a conversation."""

from collections.abc import Sequence
from itertools import takewhile

from codex2api.conversations import Reader, StoredResponse, Stores
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item
from codex2api.protocol.json import decode


async def turns(stores: Stores, reader: Reader, name: str) -> Sequence[StoredResponse]:
    """A response that is to be continued, after all its ancestors, oldest first.

    Raises:
        ApiError: It, or one of them, is not there; or it is not finished.
    """
    chain = await stores.responses.chain(reader, name)
    if not chain:
        raise unknown_response(name)
    if chain[0].previous_id is not None:
        raise unknown_response(chain[0].previous_id)
    if chain[-1].runner is not None:
        last = await stores.responses.find(reader, name)  # its process may have ended
        if last is not None and last.runner is not None:
            raise ApiError(
                Kind.BAD_REQUEST,
                f"Previous response with id '{name}' is still under way.",
                param="previous_response_id",
                code="previous_response_not_finished",
            )
    return chain


async def input_of(stores: Stores, chain: Sequence[StoredResponse]) -> list[Item]:
    """All that the last response of a chain was asked with."""
    *before, last = chain
    items = await _conversation_before(stores, chain[0])
    for turn in before:
        items += [*decode(turn.input), *output_of(turn)]
    return [*items, *decode(last.input)]


def output_of(response: StoredResponse) -> list[Item]:
    """The items of an answer."""
    output: list[Item] = decode(response.body)["output"]
    return output


async def conversation_items(stores: Stores, name: str) -> list[Item]:
    """All items of a conversation, oldest first."""
    return [decode(stored.item) for stored in await stores.conversations.all_items(name)]


async def _conversation_before(stores: Stores, response: StoredResponse) -> list[Item]:
    """What its conversation held when a response was asked for."""
    if response.conversation_id is None:
        return []
    own = {item["id"] for item in decode(response.input)}
    items = await conversation_items(stores, response.conversation_id)
    return list(takewhile(lambda item: item["id"] not in own, items))


def unknown_response(name: str) -> ApiError:
    """The error for a response to go on from that is not there."""
    return ApiError(
        Kind.BAD_REQUEST,
        f"Previous response with id '{name[:100]}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )
