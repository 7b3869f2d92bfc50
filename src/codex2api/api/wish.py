"""One caller's request, ready to be carried: what is asked, and what the answer tells of it."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic

from msgspec import Struct

from codex2api.api.exchange import Exchange
from codex2api.api.fates import fate_headers, forbid, served_headers
from codex2api.api.gate import Terms
from codex2api.api.metering import Metering
from codex2api.api.state.memory import Recalled
from codex2api.api.streaming import RawHeaders
from codex2api.dialects.base import ReplyHead, RequestT
from codex2api.dialects.parameters import Survey
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.protocol.bounds import Bounds
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Fit
from codex2api.protocol.usage import Usage, added_up
from codex2api.relay import Call


class Wish(Struct, Generic[RequestT], frozen=True):
    """One caller's request with all that it only refers to.

    Attributes:
        request: With stored items in the place of references.
        survey: What became of its parameters.
        choices: What is asked of the upstream, once for each choice of the answer.
        bounds: Where each choice ends at the latest.
        terms: On what its key lets it be served.
        strict: Whether nothing may be dropped.
        reasoning: Where the caller wants to see it.
        recalled: What memory knows of it.
        exchange: Told what serves it.
        answer_id: Random and unique.
        now: Unix seconds.
        metering: Told what a single choice cost.
    """

    request: RequestT
    survey: Survey
    choices: Sequence[ResponsesRequest]
    bounds: Bounds
    terms: Terms
    strict: bool
    reasoning: ReasoningStyle
    recalled: Recalled[RequestT] | None
    exchange: Exchange
    answer_id: str
    now: Callable[[], float]
    metering: Metering | None = None

    def accept(self, calls: Sequence[Call]) -> tuple[RawHeaders, ReplyHead]:
        """Take down that calls are served; what the answer begins with."""
        call = calls[0]
        stream = call.stream
        served = stream.served_model or stream.model
        self._take_down(call, served)
        headers = [
            *served_headers(call.account, served, call.limits, self.now()),
            *fate_headers(self.survey, stream.adjusted, stream.dropped),
        ]
        return headers, self.head(stream.model)

    def spent(self, usage: Usage | None) -> None:
        """Take down what one choice of the answer cost."""
        self.exchange.usage = added_up((self.exchange.usage, usage))
        if self.metering is not None and usage is not None and len(self.choices) == 1:
            self.metering(self.exchange, self.choices[0], usage)

    def _take_down(self, call: Call, served: str) -> None:
        exchange = self.exchange
        exchange.account, exchange.model = call.account, served
        exchange.effort = call.stream.effort
        exchange.first_at = time.perf_counter()  # a call is served when its first news is there

    def head(self, model: str | None = None) -> ReplyHead:
        """What every chunk repeats; the model is the one asked for until one serves."""
        stored = self.recalled is not None and self.recalled.stored
        model = model or self.choices[0].model
        return ReplyHead(self.answer_id, int(self.now()), model, stored, self.reasoning)


class Foresight:
    """What is known of an answer before a call is accepted."""

    def __init__(self, wish: Wish[Any]) -> None:
        self._wish = wish
        self._fit = Fit((), ())

    def heed(self, fit: Fit) -> None:
        """Take down how the request fits the backend.

        Raises:
            ApiError: It does not, and strict mode forbids to send it.
        """
        forbid(fit.dropped, self._wish.strict)
        self._fit = fit

    def headers(self) -> RawHeaders:
        """For an answer that has to begin now."""
        return fate_headers(self._wish.survey, self._fit.adjusted, self._fit.dropped)
