"""``GET /metrics`` of the product, as Prometheus reads it."""

import json
from pathlib import Path
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from tests.served import Served, served
from tests.whole.accounts import house, served_by

CHAT = "/v1/chat/completions"


async def scraped(product: Served) -> dict[str, float]:
    """Every sample by ``name{label="value"}``, but for the parts of histograms."""
    async with httpx2.AsyncClient(headers=product.bearer, timeout=60) as http:
        answer = await http.get(f"{product.url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}".replace("{}", "")] = sample.value
    return found


async def ask(product: Served, text: str, **fields: Any) -> httpx2.Response:
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}], **fields}
    async with httpx2.AsyncClient(headers=product.bearer, timeout=60) as http:
        return await http.post(f"{product.url}{CHAT}", json=body)


async def test_a_stream_a_whole_answer_and_a_refusal(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        await ask(product, "SCENARIO:text hello", stream=True)
        await ask(product, "SCENARIO:text hello")
        await ask(product, "x", model="no-such-model")
        said = await scraped(product)
    total = "codex2api_requests_total"
    assert said[f"{total}{{route={CHAT},status=2xx,streamed=yes}}"] == 1
    assert said[f"{total}{{route={CHAT},status=2xx,streamed=no}}"] == 1
    assert said[f"{total}{{route={CHAT},status=4xx,streamed=no}}"] == 1
    assert said[f"codex2api_errors_total{{code=model_not_found,route={CHAT}}}"] == 1
    assert said[f"codex2api_first_token_seconds_count{{model=gpt-5.5,route={CHAT}}}"] == 2
    assert said[f"codex2api_longest_silence_seconds_count{{route={CHAT}}}"] == 1
    assert said["codex2api_tokens_total{class=output,model=gpt-5.5}"] > 0
    assert said["codex2api_key_requests_total{key=owner}"] == 3
    assert said["codex2api_upstream_connections_dialled_total"] >= 1
    assert said["codex2api_requests_in_progress"] == 1  # the scrape itself
    assert said["codex2api_workers"] == 1
    assert said["process_open_fds"] > 0


async def test_a_stream_that_broke_off_is_an_error_after_status_200(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        await ask(product, "SCENARIO:cut", stream=True)
        said = await scraped(product)
    assert said[f"codex2api_requests_total{{route={CHAT},status=2xx,streamed=yes}}"] == 1
    assert said[f"codex2api_errors_total{{code=upstream_unavailable,route={CHAT}}}"] == 1


async def test_accounts_by_label_and_never_by_address(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        await ask(product, "SCENARIO:text hello")
        said = await scraped(product)
    assert said["codex2api_account_state{account=default,state=active}"] == 1
    used = "codex2api_account_window_used_ratio{account=default,family=codex,window=5h}"
    assert 0 <= said[used] <= 1
    reset = used.replace("used_ratio", "reset_timestamp_seconds")
    told = used.replace("used_ratio", "told_timestamp_seconds")
    assert said[reset] > said[told] > 1_700_000_000
    assert not any("@" in name or "simulated.invalid" in name for name in said)


async def test_a_refresh_is_counted(tmp_path: Path) -> None:
    async with served(tmp_path, seconds=1) as product:
        await ask(product, "SCENARIO:text hello")
        await ask(product, "SCENARIO:text hello")
        said = await scraped(product)
    assert said["codex2api_token_refreshes_total{outcome=done}"] >= 1


async def test_another_account_that_takes_over_is_counted(tmp_path: Path) -> None:
    async with house(tmp_path) as inside:
        inside.play("default", "usage_limit:resets=3600")
        for number in range(8):
            assert served_by(await inside.ask(f"talk {number}")) == "work"
        said = await scraped(inside.product)
    assert said["codex2api_failovers_total"] == 1
    assert said["codex2api_account_state{account=default,state=limited}"] == 1


async def test_keys_that_were_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        async with httpx2.AsyncClient(timeout=60) as http:
            for key in ("wrong", "also-wrong"):
                headers = {"authorization": f"Bearer {key}"}
                answer = await http.post(f"{product.url}{CHAT}", json={}, headers=headers)
                assert answer.status_code == 401
                assert (await http.get(f"{product.url}/metrics", headers=headers)).is_error
        said = await scraped(product)
    assert said["codex2api_keys_refused_total{code=invalid_api_key}"] == 4
    assert f"codex2api_requests_total{{route={CHAT},status=4xx,streamed=no}}" in said


async def test_calls_are_counted_where_none_are_recorded(tmp_path: Path) -> None:
    async with served(tmp_path, **{"ledger.retentionDays": 0}) as product:
        await ask(product, "SCENARIO:text hello")
        said = await scraped(product)
    assert said[f"codex2api_requests_total{{route={CHAT},status=2xx,streamed=no}}"] == 1
    assert said["codex2api_ledger_queue"] == 0


async def test_models_that_callers_make_up_are_no_labels(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        for n in range(30):
            await ask(product, "x", model=f"made-up-{n}")
        said = await scraped(product)
    assert not any("made-up" in name for name in said)


async def test_a_server_without_an_account_can_be_scraped(tmp_path: Path) -> None:
    async with served(tmp_path, signed_in=False) as product:
        await ask(product, "x")
        said = await scraped(product)
    assert said[f"codex2api_errors_total{{code=no_account,route={CHAT}}}"] == 1
    assert not any(name.startswith("codex2api_account_state") for name in said)


async def test_every_way_to_ask_a_model_is_counted_once(tmp_path: Path) -> None:
    body = {"model": "gpt-5.5", "input": "SCENARIO:text hello"}
    native = {**body, "input": [], "instructions": "", "stream": True, "store": False}
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(headers=product.bearer, timeout=60) as http,
    ):
        await http.post(f"{product.v1}/responses", json={**body, "stream": True})
        begun = await http.post(f"{product.v1}/responses", json={**body, "background": True})
        address = f"{product.v1}/responses/{begun.json()['id']}"
        while (await http.get(address)).json()["status"] in ("queued", "in_progress"):
            pass
        await http.post(f"{product.url}/backend-api/codex/responses", json=native)
        socket = product.v1.replace("http", "ws") + "/responses"
        async with connect(socket, additional_headers=product.bearer) as ws:
            await ws.send(json.dumps({"type": "response.create", **body}))
            while json.loads(await ws.recv())["type"] != "response.completed":
                pass
            open_now = await scraped(product)
        said = await scraped(product)
    total = "codex2api_requests_total"
    assert open_now["codex2api_open_websockets"] == 1
    assert said["codex2api_open_websockets"] == 0
    assert said[f"{total}{{route=/v1/responses,status=2xx,streamed=yes}}"] == 2
    assert said[f"{total}{{route=/v1/responses,status=2xx,streamed=no}}"] == 1
    native_route = "/backend-api/codex/responses"
    assert said[f"{total}{{route={native_route},status=2xx,streamed=yes}}"] == 1
    assert said["codex2api_key_requests_total{key=owner}"] == 4
