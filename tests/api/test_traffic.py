"""Requests under way, and the routes by which they are counted."""

import pytest

from codex2api.api.exchange import Exchange
from codex2api.api.gate import ASKING
from codex2api.api.traffic import Traffic, route_of
from codex2api.metrics.reading import Busy
from codex2api.metrics.tally import Tally


def an_exchange(path: str = "/v1/responses") -> Exchange:
    return Exchange("req_1", "POST", path, {})


def test_what_is_under_way() -> None:
    traffic = Traffic(Tally())
    whole, stream, socket = an_exchange(), an_exchange(), an_exchange()
    for exchange in (whole, stream, socket):
        traffic.begins(exchange)
    stream.streamed, socket.status = True, 101
    assert traffic.busy() == Busy(requests=2, streams=1, sockets=1)
    for exchange in (whole, stream, socket):
        traffic.ends(exchange)
    assert traffic.busy() == Busy(requests=0, streams=0, sockets=0)


def test_a_caller_who_left_before_any_status_is_counted() -> None:
    tally = Tally()
    exchange = an_exchange("/v1/files")
    exchange.error = "caller_left"
    Traffic(tally).count(exchange)
    assert tally.counts.answers == {("/v1/files/…", 499, "caller_left"): 1}


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/health", "/health/…"),
        ("/health/ready", "/health/…"),
        ("/v1/responses/resp_1/input_items", "/v1/responses/…"),
        ("/v1/embeddings", "/v1/…"),
        ("/admin/api/keys/laptop", "/admin/api/…"),
        ("/wp-login.php", "other"),
        ('/"} 1\nevil', "other"),
        ("", "other"),
        *((path, path) for path in sorted(ASKING)),
    ],
)
def test_routes(path: str, route: str) -> None:
    assert route_of(path) == route


def test_routes_are_few_whatever_callers_ask_for() -> None:
    beginnings = ("/", "/v1/", "/v1/files/", "/auth/", "/x/", "/health/")
    assert len({route_of(f"{each}{n}") for each in beginnings for n in range(1000)}) < 10
