"""What a caller asks for, by bytes and headers: the walk up to where something is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from msgspec import Struct, structs

from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.exchange import Exchange
from codex2api.api.fates import forbid, is_strict
from codex2api.api.gate import terms
from codex2api.api.media.attachments import Attachments
from codex2api.api.state.memory import Memory, Recalled
from codex2api.api.state.opening import as_reader
from codex2api.api.wish import Wish
from codex2api.dialects.base import Dialect, RequestT
from codex2api.dialects.openai_files import UploadedFileError
from codex2api.dialects.reasoning import ReasoningStyle, style_shown
from codex2api.errors import ApiError, Kind
from codex2api.protocol.request import ResponsesRequest


class Meant(Struct, Generic[RequestT], frozen=True):
    """A request with what it refers to; fields as in ``Wish``."""

    request: RequestT
    choices: Sequence[ResponsesRequest]
    recalled: Recalled[RequestT] | None


@dataclass(frozen=True, slots=True)
class Understanding(Generic[RequestT]):
    """Reads the requests of one dialect.

    Attributes:
        memory: What puts back what was said before and keeps what is said, if anything does.
        attachments: Where uploaded files are that a request names.
    """

    dialect: Dialect[RequestT]
    options: EndpointOptions
    memory: Memory[RequestT] | None = None
    attachments: Attachments | None = None

    async def wish(self, exchange: Exchange, body: bytes) -> Wish[RequestT]:
        """What one request asks for.

        Raises:
            ApiError: It cannot be, or not in the way that it asks for.
        """
        options, headers = self.options, exchange.asked
        parsed = self.dialect.parse(body)
        survey = parsed.survey
        strict = is_strict(headers, options.strict)
        shows = partial(self.dialect.shows, parsed.request)
        reasoning, moved = style_shown(headers, self._usual_style(exchange), shows)
        if moved:
            survey = structs.replace(survey, adjusted=moved)
        meant = await self.mean(parsed.request, exchange)
        each = self.dialect.each(meant.request)
        if each > options.max_choices:
            raise _too_many(each, options.max_choices)
        forbid(survey.dropped + meant.choices[0].dropped, strict)
        return Wish(
            request=meant.request,
            survey=survey,
            choices=meant.choices,
            bounds=self.dialect.bounds(meant.request),
            terms=terms(exchange, meant.choices[0].model),
            strict=strict,
            reasoning=reasoning,
            recalled=meant.recalled,
            exchange=exchange,
            answer_id=options.new_id(),
            now=options.now,
            metering=options.metering,
        )

    def _usual_style(self, exchange: Exchange) -> ReasoningStyle:
        """Where reasoning is shown to callers who do not say."""
        caller = exchange.caller
        if caller is None or caller.grants.reasoning is None:
            return self.options.reasoning
        return ReasoningStyle(caller.grants.reasoning)

    async def mean(self, request: RequestT, exchange: Exchange) -> Meant[RequestT]:
        """What a request means, with all that it only refers to.

        Raises:
            ApiError: It refers to something that is not there, or cannot be carried.
        """
        recalled = None
        if self.memory is not None and exchange.caller is not None:
            recalled = await self.memory.recall(exchange.caller, request)
        whole = request if recalled is None else recalled.request
        try:
            choices = self.dialect.to_upstream(whole)
        except UploadedFileError as named:
            choices = self.dialect.to_upstream(await self._filled(whole, exchange, named))
        return Meant(whole, choices if recalled is None else recalled.put_back(choices), recalled)

    async def _filled(
        self, request: RequestT, exchange: Exchange, named: UploadedFileError
    ) -> RequestT:
        """The request with the files that it names; where there are none, that is an error."""
        fill = self.dialect.fill
        if self.attachments is None or exchange.caller is None or fill is None:
            raise named
        return await self.attachments.fill(as_reader(exchange.caller), partial(fill, request))


def _too_many(choices: int, most: int) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"This asks for {choices} answers; this server gives at most {most} "
        "(setting codex.maxChoices).",
        param="n",
        code="invalid_value",
    )
