"""Ask a route, and check all that it answers against what is published of its API."""

from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec

from codex2api.errors import STATUS
from tests.conformance.judges import OPENAI, Judge
from tests.conformance.routes import Body, Route


@dataclass(frozen=True)
class Streamed:
    """A stream that was read to its end, or a refusal before it.

    Attributes:
        good: Whether it ended well.
    """

    status: int
    good: bool


async def ask_whole(client: httpx2.AsyncClient, route: Route, body: Body) -> httpx2.Response:
    """The checked answer of one who does not stream."""
    answer = await client.post(route.path, json=body)
    if answer.status_code == 200:
        assert answer.headers["content-type"] == "application/json"
        route.judge.whole(answer.json(), route.path)
    else:
        check_refusal(answer, route.judge)
    return answer


async def ask_streamed(client: httpx2.AsyncClient, route: Route, body: Body) -> Streamed:
    """The checked stream, with exactly one ending."""
    answer = await client.post(route.path, json=body | {"stream": True})
    if answer.status_code != 200:
        check_refusal(answer, route.judge)
        return Streamed(answer.status_code, good=False)
    assert answer.headers["content-type"].startswith("text/event-stream")
    payloads = read_stream(answer.text)
    for payload in payloads:
        check_payload(route, payload)
    return Streamed(200, good=ended_well(route, payloads))


def check_payload(route: Route, payload: Any) -> None:
    """Fail unless the route may send this."""
    route.judge.event(payload, route.path)


def ended_well(route: Route, payloads: list[Any]) -> bool:
    """Whether a stream ended well; fails unless it has exactly one ending, and that at the end."""
    endings = [at for at, one in enumerate(payloads) if route.done(one) or route.broken(one)]
    assert endings == [len(payloads) - 1], (
        f"endings at {endings} of {len(payloads)}: {payloads[-3:]}"
    )
    return route.done(payloads[-1])


def check_refusal(answer: httpx2.Response, judge: Judge = OPENAI) -> None:
    """Fail unless it is an error of the API's shape and of a status that the contract knows."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert answer.status_code in {*STATUS.values(), *judge.statuses}, answer.text
    judge.error(answer.json())


def read_stream(text: str) -> list[Any]:
    """The payloads of a stream, by the simplest reader there can be."""
    found = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    return [one if one == "[DONE]" else msgspec.json.decode(one) for one in found]
