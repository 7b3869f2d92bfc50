"""Requests that a machine makes up out of OpenAI's schema, good ones and bad ones.

Whatever is asked: the server does not break, a good answer is of the published schema, and any
other is OpenAI's error object. Here every run asks the same; with ``CONFORMANCE_CASES``, the number
of requests for each route, others every time.
"""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.core.errors import UnsupportedSchema
from schemathesis.schemas import APIOperation, BaseSchema

from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.cli.server_process import ServerProcess, serving
from tests.conformance.checks import read_stream
from tests.conformance.judges import check_error
from tests.conformance.published import check_answer, document
from tests.conformance.test_resources import BLANKS, JOURNEYS
from tests.served import sign_in

CASES = os.environ.get("CONFORMANCE_CASES")
MODELS = {"enum": ["gpt-5.5", "gpt-5.5-high", "gpt-5.6-terra", "gpt-unknown", ""]}

OPERATIONS = [
    (path, method)
    for path, methods in document()["paths"].items()
    for method in sorted(methods, key=["get", "post", "delete"].index)
]

OURS = [
    ("/health", "get"),
    ("/health/ready", "get"),
    ("/auth/status", "get"),
    ("/auth/login/{state}", "get"),
    ("/auth/callback", "post"),
    ("/auth/device/{device_id}", "get"),
]
"""Routes that only our own description has; those for Codex answer in the backend's own shape."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own: Hypothesis rules over the random numbers of this one."""
    home = tmp_path_factory.mktemp("home")
    with simulating() as simulator:
        sign_in(home, simulator)
        pointed = {
            "backend": {"url": simulator.backend_url},
            "oauth": {"issuer": simulator.issuer_url},
        }
        (home / "config.json").write_text(json.dumps(pointed))
        with serving(home, "--no-login") as process:
            yield process


@contextmanager
def simulating() -> Iterator[RunningSimulator]:
    """The simulated ChatGPT in a thread: schemathesis asks without an event loop."""
    started: Queue[RunningSimulator] = Queue()
    done = threading.Event()

    async def run() -> None:
        async with running_simulator() as simulator:
            started.put(simulator)
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        yield started.get(timeout=30)
    finally:
        done.set()
        thread.join()


@pytest.fixture(scope="module")
def schema(server: ServerProcess) -> BaseSchema:
    """The description, aimed at what the server has."""
    blanks = dict(BLANKS)
    with httpx2.Client(base_url=f"{server.url}/v1", headers=server.bearer) as client:
        for visit in (visit for journey in JOURNEYS.values() for visit in journey if visit.keeps):
            answer = client.request(visit.method, **visit.request(blanks))
            blanks.setdefault(visit.keeps, visit.taken(answer.json()))
    return schemathesis.openapi.from_dict(aimed(blanks))


def aimed(blanks: dict[str, str]) -> dict[str, Any]:
    """The description, narrowed to what gets past the first check more often than never."""
    copy: dict[str, Any] = json.loads(json.dumps(document()))
    schemas = copy["components"]["schemas"]
    schemas |= {f"ModelIds{which}": MODELS for which in ("Shared", "Responses", "Compaction")}
    schemas["CreateCompletionRequest"]["properties"]["model"] = MODELS
    schemas["CreateResponse"]["required"] = ["model", "input"]
    for methods in copy["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = {"enum": [blanks[parameter["name"]], "nothing"]}
    return copy


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_breaks_the_server(
    server: ServerProcess, schema: BaseSchema, path: str, method: str
) -> None:
    def judge(answer: Response) -> None:
        [kind] = answer.headers["content-type"]
        if kind == "application/json":
            check_answer(answer.json() | echo(path), path, method)
        elif kind.startswith("text/event-stream"):
            for payload in read_stream(answer.text):
                check_event(payload, path)

    ask_much(schema[path][method.upper()], f"{server.url}/v1", server.bearer, judge)


@pytest.mark.parametrize(("path", "method"), OURS)
def test_nothing_breaks_our_own_routes(server: ServerProcess, path: str, method: str) -> None:
    described = httpx2.get(f"{server.url}/openapi.json", headers=server.bearer).json()
    operation = schemathesis.openapi.from_dict(described)[path][method.upper()]
    ask_much(operation, server.url, server.bearer, lambda answer: answer.json())


def ask_much(
    operation: APIOperation[Any, Any, Any, Any],
    base_url: str,
    headers: dict[str, str],
    judge: Callable[[Response], object],
) -> None:
    """Make requests up, and see that none breaks the server; good answers are judged."""
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=int(CASES or 20),
        derandomize=CASES is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(good, bad))
    def ask(case: Case) -> None:
        answer = case.call(base_url=base_url, headers=headers, timeout=30)
        if answer.status_code == 200:
            judge(answer)
        else:
            assert answer.status_code < 500 or answer.status_code == 501, answer.text
            check_error(answer.json())

    # Some schemas schemathesis cannot negate; what it asked until then has been checked.
    with suppress(UnsupportedSchema):
        ask()


def echo(path: str) -> dict[str, Any]:
    """Blanks for what comes back as it was sent: tools and items, which the backend judges."""
    if path == "/responses":
        return {"tools": [], "tool_choice": "auto", "text": {}}
    return {"data": []} if path.endswith("/items") else {}


def check_event(payload: Any, path: str) -> None:
    """Fail unless a stream of the route may hold it."""
    if payload == "[DONE]":
        return
    if "response" in payload:
        payload = payload | {"response": payload["response"] | echo("/responses")}
    if path.startswith("/responses") or "error" not in payload:
        check_answer(payload, path.partition("/{")[0], "post", streamed=True)
    else:
        check_error(payload)
