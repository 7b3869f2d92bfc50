"""Traces of the product, as a collector gets them; and nothing of them while they are off."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.served import Served, served
from tests.traces.collector import Collector, attributes, collecting
from tests.whole.accounts import house, served_by

CHAT = "/v1/chat/completions"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def ask(product: Served, text: str, *, parent: str = "", **fields: Any) -> httpx2.Response:
    body = {"model": "gpt-5.5-high", "messages": [{"role": "user", "content": text}], **fields}
    headers = {**product.bearer, **({"traceparent": parent} if parent else {})}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        return await http.post(f"{product.url}{CHAT}", json=body)


async def traced(
    folder: Path, collector: Collector, *asked: dict[str, Any], **overrides: Any
) -> list[httpx2.Response]:
    """Ask, and end the server, which sends what is left."""
    async with served(folder, **{"traces.endpoint": collector.endpoint, **overrides}) as product:
        return [await ask(product, **each) for each in asked]


async def test_a_request_is_one_span_with_its_parts(tmp_path: Path) -> None:
    with collecting() as collector:
        (answer,) = await traced(tmp_path, collector, {"text": "SCENARIO:text hi", "stream": True})
    assert answer.status_code == 200
    (root,) = collector.roots()
    assert root.name == "chat gpt-5.5"
    assert not root.parent_span_id
    told = attributes(root)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == (
        "gpt-5.5-high",
        "gpt-5.5",
    )
    assert told["gen_ai.request.stream"] is True
    assert told["gen_ai.usage.output_tokens"] > 0
    assert told["codex2api.account"] == "default"
    assert told["codex2api.request_id"] == answer.headers["x-request-id"]
    assert told["http.response.status_code"] == 200
    parts = collector.below(root)
    assert [part.name for part in parts] == [
        "understanding",
        "lease",
        "upstream",
        "first event",
        "answer",
    ]
    for before, after in itertools.pairwise(parts):
        assert before.start_time_unix_nano <= before.end_time_unix_nano
        assert before.end_time_unix_nano == after.start_time_unix_nano
    assert {part.trace_id for part in parts} == {root.trace_id}
    assert collector.resource["service.name"] == "codex2api"
    assert collector.paths == {"/v1/traces"}


async def test_it_goes_on_in_the_callers_trace(tmp_path: Path) -> None:
    with collecting() as collector:
        await traced(
            tmp_path,
            collector,
            {"text": "SCENARIO:text hi", "parent": f"00-{TRACE}-{SPAN}-01"},
            {"text": "SCENARIO:text hi", "parent": f"00-{TRACE}-{SPAN}-00"},
            {"text": "SCENARIO:text hi", "parent": '00-nonsense"}\r'.strip()},
        )
    inside, outside = collector.roots()
    assert (inside.trace_id.hex(), inside.parent_span_id.hex()) == (TRACE, SPAN)
    assert len(collector.below(inside)) == 5  # and the second one was not to be sampled
    assert outside.trace_id.hex() != TRACE
    assert not outside.parent_span_id


async def test_nothing_that_was_said_and_no_secret_is_told(tmp_path: Path) -> None:
    words = "a-very-private-thought anne@example.org"
    with collecting() as collector:
        async with served(tmp_path, **{"traces.endpoint": collector.endpoint}) as product:
            await ask(product, f"SCENARIO:text {words}", stream=True)
            await ask(product, words, model=words)
            async with httpx2.AsyncClient(timeout=60) as http:
                await http.post(f"{product.url}{CHAT}", json={}, headers={"x-api-key": words})
            key = product.key
    everything = b"".join(collector.raw)
    assert len(collector.roots()) == 2  # who has no key is nobody's trace
    for hidden in (words, "anne@example.org", key, "Bearer", "simulated.invalid"):
        assert hidden.encode() not in everything


async def test_failures_have_their_code_and_only_ours_are_errors(tmp_path: Path) -> None:
    with collecting() as collector:
        await traced(
            tmp_path,
            collector,
            {"text": "SCENARIO:cut", "stream": True},
            {"text": "x", "model": "no-such-model"},
        )
    cut, unknown = collector.roots()
    assert attributes(cut)["error.type"] == "upstream_unavailable"
    assert cut.status.code == 2
    assert attributes(unknown)["error.type"] == "model_not_found"
    assert unknown.status.code == 0


async def test_a_second_account_is_a_second_attempt(tmp_path: Path) -> None:
    with collecting() as collector:
        async with house(tmp_path, **{"traces.endpoint": collector.endpoint}) as inside:
            inside.play("default", "usage_limit:resets=3600")
            for number in range(8):
                assert served_by(await inside.ask(f"talk {number}")) == "work"
    calls = [
        [part for part in collector.below(root) if part.name == "upstream"]
        for root in collector.roots()
    ]
    (refused, accepted) = next(parts for parts in calls if len(parts) == 2)
    assert attributes(refused)["error.type"] == "usage_limit_reached"
    assert refused.status.code == 2
    assert not accepted.attributes
    assert refused.end_time_unix_nano <= accepted.start_time_unix_nano


async def test_each_of_several_choices_has_its_parts(tmp_path: Path) -> None:
    with collecting() as collector:
        await traced(tmp_path, collector, {"text": "SCENARIO:text hi", "n": 3})
    (root,) = collector.roots()
    names = [part.name for part in collector.below(root)]
    assert names.count("understanding") == 1
    for name in ("lease", "upstream", "first event", "answer"):
        assert names.count(name) == 3


async def test_two_requests_on_one_connection_do_not_share_parts(tmp_path: Path) -> None:
    with collecting() as collector:
        async with (
            served(tmp_path, **{"traces.endpoint": collector.endpoint}) as product,
            httpx2.AsyncClient(headers=product.bearer, timeout=60) as http,
        ):
            for _ in range(3):
                body = {"model": "gpt-5.5", "input": "SCENARIO:text hi"}
                assert (await http.post(f"{product.v1}/responses", json=body)).is_success
    assert [len(collector.below(root)) for root in collector.roots()] == [5, 5, 5]


async def test_a_collector_that_is_away_costs_no_answer(tmp_path: Path) -> None:
    with collecting() as collector:
        endpoint = collector.endpoint
    (answer,) = await traced(
        tmp_path, collector, {"text": "SCENARIO:text hi"}, **{"traces.endpoint": endpoint}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:9"])
def test_nothing_is_imported_while_it_is_off(tmp_path: Path, endpoint: str) -> None:
    code = (
        "import sys\n"
        "from codex2api.app import create_app\n"
        "from codex2api.settings import load_settings\n"
        f"env = {{'CODEX2API_HOME': {str(tmp_path)!r},"
        f" 'OTEL_EXPORTER_OTLP_ENDPOINT': {endpoint!r}}}\n"
        "create_app(load_settings({}, env))\n"
        "told = [name for name in sys.modules if 'opentelemetry.sdk' in name"
        " or name.startswith('codex2api.traces')]\n"
        f"assert bool(told) == {bool(endpoint)}, told\n"
        "assert 'prometheus_client' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
