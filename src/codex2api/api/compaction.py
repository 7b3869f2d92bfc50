"""``POST /v1/responses/compact`` and ``/v1/responses/input_tokens``."""

import asyncio

import msgspec
from fastapi import APIRouter, Request, Response

from codex2api.api.body import read_body
from codex2api.api.counted import TOKENIZER, tokenizer_used
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errand_options import ErrandOptions, body_kinds
from codex2api.api.exchange import Exchange, exchange_of, new_id
from codex2api.api.fates import fate_headers, forbid, is_strict, served_headers
from codex2api.api.gate import terms
from codex2api.api.understanding import Understanding
from codex2api.dialects.base import ReplyHead, parse_body
from codex2api.dialects.responses.compaction import (
    COMPACTION_PARAMETERS,
    CompactConversation,
    as_response as compaction_as_response,
    compacted,
)
from codex2api.dialects.responses.counting import (
    COUNT_PARAMETERS,
    CountInput,
    InputTokenCount,
    as_response as count_as_response,
)
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errands import Errands
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.usage import Usage
from codex2api.protocol.weight import request_tokens


def compaction_router(
    compactions: Errands[ResponsesRequest],
    responses: Understanding[CreateResponse],
    options: ErrandOptions,
) -> APIRouter:
    """The two routes.

    Args:
        compactions: Have a conversation compacted.
        responses: Knows what a request means.
        options: What an operator may set.
    """
    router = APIRouter(prefix="/v1/responses", tags=["Responses"])
    json = body_kinds("application/json")

    @router.post("/compact", openapi_extra=json)
    async def compact_conversation(request: Request) -> Response:
        """A shorter conversation that stands for a long one; send it on as input."""
        exchange = exchange_of(request.scope)
        body = await read_body(exchange.asked, request.receive, options.max_body)
        asked, raw = parse_body(body, CompactConversation)
        survey = COMPACTION_PARAMETERS.survey(raw)
        wish = await _meant(compaction_as_response(asked), responses, exchange)
        strict = is_strict(exchange.asked, options.strict)
        forbid(survey.dropped + wish.dropped, strict)
        exchange.asked_model = exchange.model = wish.model
        exchange.effort = wish.reasoning.effort
        on = terms(exchange, wish.model)
        async with CallerWatch(request.receive):
            done = await compactions.run(
                wish,
                account=on.account,
                conversation=wish,
                permit=on.permit,
            )
        exchange.account, exchange.model = done.account, done.answered.model
        forbid(done.answered.dropped, strict)
        now = options.now()
        head = ReplyHead(new_id(), int(now), done.answered.model)
        # Its usage may have to be counted, which may take a while.
        reply, usage_told = await asyncio.to_thread(compacted, wish, head, done.body)
        exchange.usage = msgspec.convert(reply.usage, Usage, from_attributes=True)
        exchange.estimated = not usage_told
        response = Response(encode(reply), media_type="application/json")
        served = served_headers(done.account, head.model, done.limits, now)
        fates = fate_headers(survey, done.answered.adjusted, done.answered.dropped)
        response.raw_headers.extend(served + fates)
        if not usage_told:
            response.headers[TOKENIZER] = tokenizer_used()
        return response

    @router.post("/input_tokens", openapi_extra=json)
    async def count_input_tokens(request: Request) -> Response:
        """What a request would weigh; ``x-codex2api-tokenizer`` says how exact the answer is."""
        exchange = exchange_of(request.scope)
        body = await read_body(exchange.asked, request.receive, options.max_body)
        asked, raw = parse_body(body, CountInput)
        survey = COUNT_PARAMETERS.survey(raw)
        wish = await _meant(count_as_response(asked), responses, exchange)
        forbid(survey.dropped + wish.dropped, is_strict(exchange.asked, options.strict))
        exchange.model = asked.model
        # Megabytes of text, or the tokenizer's first loading, would hold up everybody's streams.
        tokens = await asyncio.to_thread(request_tokens, wish)
        reply = encode(InputTokenCount(input_tokens=tokens))
        response = Response(reply, media_type="application/json")
        response.raw_headers.extend(fate_headers(survey, dropped=wish.dropped))
        response.headers[TOKENIZER] = tokenizer_used()
        return response

    return router


async def _meant(
    request: CreateResponse, responses: Understanding[CreateResponse], exchange: Exchange
) -> ResponsesRequest:
    if responses.memory is None and (request.previous_response_id or request.conversation):
        raise ApiError(Kind.NOT_SUPPORTED, "This server keeps nothing: send everything.")
    return (await responses.mean(request, exchange)).choices[0]
