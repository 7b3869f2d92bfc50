"""``POST /v1/messages/count_tokens``."""

import asyncio

from fastapi import APIRouter, Request, Response

from codex2api.api.body import read_body
from codex2api.api.counted import TOKENIZER, tokenizer_used
from codex2api.api.errand_options import ErrandOptions, body_kinds
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import fate_headers, forbid, is_strict
from codex2api.api.understanding import Understanding
from codex2api.dialects.base import parse_body
from codex2api.dialects.messages.counting import TokenCount, as_messages
from codex2api.dialects.messages.parameters import COUNT_PARAMETERS
from codex2api.dialects.messages.schema import MessagesRequest, Prompt
from codex2api.protocol.json import encode
from codex2api.protocol.weight import request_tokens


def count_tokens_router(
    messages: Understanding[MessagesRequest], options: ErrandOptions
) -> APIRouter:
    """The route.

    Args:
        messages: Knows what a request means.
        options: What an operator may set.
    """
    router = APIRouter(prefix="/v1/messages", tags=["Messages"])

    @router.post("/count_tokens", openapi_extra=body_kinds("application/json"))
    async def count_tokens(request: Request) -> Response:
        """What a request would weigh; ``x-codex2api-tokenizer`` says how exact the answer is."""
        exchange = exchange_of(request.scope)
        body = await read_body(exchange.asked, request.receive, options.max_body)
        asked, raw = parse_body(body, Prompt)
        survey = COUNT_PARAMETERS.survey(raw)
        [wish] = (await messages.mean(as_messages(asked), exchange)).choices
        forbid(survey.dropped + wish.dropped, is_strict(exchange.asked, options.strict))
        exchange.model = wish.model
        # Megabytes of text, or the tokenizer's first loading, would hold up everybody's streams.
        tokens = await asyncio.to_thread(request_tokens, wish)
        response = Response(encode(TokenCount(input_tokens=tokens)), media_type="application/json")
        response.raw_headers.extend(fate_headers(survey, wish.adjusted, wish.dropped))
        response.headers[TOKENIZER] = tokenizer_used()
        return response

    return router
