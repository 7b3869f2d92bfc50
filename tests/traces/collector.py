"""A collector: takes OTLP over HTTP on loopback, and keeps what it got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.cli.server_process import PATIENCE


@dataclass
class Collector:
    """What has arrived.

    Attributes:
        spans: In the order of their arrival.
        resource: Of the last request.
        raw: Every body, for those who look for what must not be in any.
    """

    endpoint: str = ""
    spans: list[Any] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def roots(self) -> list[Any]:
        return [span for span in self.spans if span.kind == 2]  # SERVER

    def below(self, parent: Any) -> list[Any]:
        found = [span for span in self.spans if span.parent_span_id == parent.span_id]
        return sorted(found, key=lambda span: span.start_time_unix_nano)


def attributes(holder: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in holder.attributes
    }


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector, running until the block ends."""
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") is None:
                told = ExportTraceServiceRequest.FromString(body)
                collector.raw.append(body)
                collector.paths.add(self.path)
                for resource in told.resource_spans:
                    collector.resource = attributes(resource.resource)
                    for scope in resource.scope_spans:
                        collector.spans += scope.spans
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    collector.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()
