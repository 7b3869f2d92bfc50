"""Spans of requests that are over, sent to a collector behind everybody's back.

Attributes have the names of OpenTelemetry's conventions for generative AI where these have one.
Nothing that was said is in them, no token, no key, no e-mail address.
"""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from codex2api import __version__
from codex2api.ledger.calls import EndedCall
from codex2api.traces.timeline import Leg, Timeline, taken

_NAME = "codex2api"

_OPERATIONS = {
    "/v1/chat/completions": "chat",
    "/v1/completions": "text_completion",
    "/v1/images/edits": "generate_content",
    "/v1/images/generations": "generate_content",
}
_USUAL_OPERATION = "chat"


class Spans:
    """Makes a span of each call that is over, with what is known of its parts below it.

    Args:
        endpoint: Base address of a collector that takes OTLP over HTTP.
    """

    def __init__(self, endpoint: str) -> None:
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(_NAME, __version__)
        self._propagator = TraceContextTextMapPropagator()

    def record(self, call: EndedCall) -> None:
        """Tell of a call that is over (a ``ledger.ports.Record``); never waits."""
        timeline = taken()
        began = _begun(call, timeline)
        ended = (call.at + call.total_ms) * 1_000_000
        operation = _OPERATIONS.get(call.route, _USUAL_OPERATION)
        model = call.model or call.asked_model
        root = self._tracer.start_span(
            f"{operation} {model}" if model else operation,
            context=self._parent(call),
            kind=SpanKind.SERVER,
            attributes=_attributes(call, operation),
            start_time=began,
        )
        if root.is_recording():
            self._tell_parts(root, call, timeline)
        _mark_failed(root, call.error, call.status)
        root.end(end_time=max(ended, began))

    def close(self) -> None:
        """Send what is left; waits for it, some seconds at the most."""
        self._provider.shutdown()

    def _parent(self, call: EndedCall) -> Context:
        told = {} if call.traceparent is None else {"traceparent": call.traceparent}
        return self._propagator.extract(told, context=Context())

    def _tell_parts(self, root: Span, call: EndedCall, timeline: Timeline) -> None:
        below = set_span_in_context(root, Context())
        began = _begun(call, timeline)
        ended = (call.at + call.total_ms) * 1_000_000
        if timeline:
            self._tell(below, "understanding", began, timeline[0].begun)
        for leg in timeline:
            self._tell_leg(below, leg, ended)

    def _tell_leg(self, below: Context, leg: Leg, ended: int) -> None:
        since = leg.begun
        for attempt in leg.attempts:
            self._tell(below, "lease", since, attempt.begun)
            since = ended if attempt.answered is None else attempt.answered
            self._tell(below, "upstream", attempt.begun, since, attempt.error, SpanKind.CLIENT)
        if leg.accepted is not None:
            self._tell(below, "first event", since, leg.accepted)
            self._tell(below, "answer", leg.accepted, ended)

    def _tell(
        self,
        below: Context,
        name: str,
        since: int,
        until: int,
        error: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        span = self._tracer.start_span(name, context=below, kind=kind, start_time=since)
        _mark_failed(span, error, 0)
        # A call is dated in milliseconds and its parts more finely.
        span.end(end_time=max(until, since))


def _begun(call: EndedCall, timeline: Timeline) -> int:
    """When it began: a call is dated in whole milliseconds, which may be after its first part."""
    began = call.at * 1_000_000
    return min(began, timeline[0].begun) if timeline else began


def _attributes(call: EndedCall, operation: str) -> Mapping[str, AttributeValue]:
    told: dict[str, AttributeValue | None] = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": call.asked_model,
        "gen_ai.request.stream": call.streamed,
        "gen_ai.response.model": call.model,
        "gen_ai.response.time_to_first_chunk": _seconds(call.first_ms),
        "gen_ai.usage.input_tokens": call.input_tokens,
        "gen_ai.usage.cache_read.input_tokens": call.cached_tokens,
        "gen_ai.usage.output_tokens": call.output_tokens,
        "gen_ai.usage.reasoning.output_tokens": call.reasoning_tokens,
        "http.request.method": "GET" if call.method == "WS" else call.method,
        "http.route": call.route,
        "http.response.status_code": call.status,
        "codex2api.account": call.account,
        "codex2api.effort": call.effort,
        "codex2api.key": call.key_name,
        "codex2api.longest_silence": _seconds(call.silence_ms),
        "codex2api.request_id": call.request_id,
    }
    return {name: value for name, value in told.items() if value is not None}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _mark_failed(span: Span, error: str | None, status: int) -> None:
    """As the conventions have it: a server's span fails by what is its own fault."""
    if error is not None:
        span.set_attribute("error.type", error)
    if error is not None and not 400 <= status < 500:
        span.set_status(Status(StatusCode.ERROR))


def _resource() -> Resource:
    """Who we are; what the environment says of it (``OTEL_SERVICE_NAME``, …) outweighs ours."""
    told = dict(Resource.create().attributes)
    if str(told.get(SERVICE_NAME, "")).startswith("unknown_service"):
        del told[SERVICE_NAME]
    return Resource({SERVICE_NAME: _NAME, SERVICE_VERSION: __version__, **told})
