"""Memory that only ever grew.

CLIProxyAPI #2215, #1287 and #3048: three gigabytes, killed every day; one root is statistics that
are kept of every request, for ever.
"""

import ast
import asyncio
import gc
import uuid
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from tests.served import Served

SOURCE = Path(__file__).parents[2] / "src" / "codex2api"
UNBOUNDED = {("auth/pages/__init__.py", "_load"), ("protocol/tokens.py", "tokenizer")}
"""Caches without a bound whose arguments nobody outside chooses: two pages, no argument at all."""


def caches(path: Path) -> list[tuple[str, str]]:
    """Functions with a cache that has no bound."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            bounded = "maxsize=" in text and "maxsize=None" not in text
            if text.endswith("cache") or ("lru_cache(" in text and not bounded):
                found.append((path.relative_to(SOURCE).as_posix(), node.name))
    return found


def test_every_cache_has_a_bound() -> None:
    found = [each for path in SOURCE.rglob("*.py") for each in caches(path)]
    assert set(found) == UNBOUNDED


async def strange_calls(client: httpx2.AsyncClient, product: Served) -> None:
    """Forty callers who have nothing in common, most of them wrong."""
    for _ in range(40):
        odd = uuid.uuid4().hex
        await client.get(f"/{odd}", headers=product.bearer | {"x-request-id": odd})
        await client.get("/v1/models", headers={"authorization": f"Bearer {odd}"})
        await client.get("/health", params={"challenge": odd})
        body = {"model": odd, odd: 1, "messages": [{"role": "user", "content": odd}]}
        await client.post("/v1/chat/completions", json=body, headers=product.bearer)
        known = {"model": "gpt-5.5", "prompt_cache_key": odd, "input": f"{odd} SCENARIO:cut"}
        await client.post("/v1/responses", json=known | {"store": False}, headers=product.bearer)
    product.simulator.state.reset()
    await asyncio.sleep(0.3)  # connections and tasks that are about to go


async def written(client: httpx2.AsyncClient, product: Served, rounds: int) -> None:
    """Wait until the ledger has the eighty calls of each round: opening it takes memory, once."""
    for _ in range(600):
        used = await client.get("/admin/api/usage", headers=product.bearer)
        if used.json()["total"]["requests"] >= 80 * rounds:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(used.text)


def ours() -> Counter[str]:
    """Living objects, by type."""
    gc.collect()
    return Counter(type(each).__qualname__ for each in gc.get_objects())


@pytest.mark.asyncio(loop_scope="module")
async def test_callers_who_never_come_again_leave_nothing_behind(
    stranger: httpx2.AsyncClient, product: Served
) -> None:
    for rounds in (1, 2):
        await strange_calls(stranger, product)
        await written(stranger, product, rounds)
    seen = [ours()]
    for rounds in range(3, 9):
        await strange_calls(stranger, product)
        await written(stranger, product, rounds)
        seen += [ours()] if rounds in (5, 8) else []
    grown = (seen[1] - seen[0]) & (seen[2] - seen[1])  # what is made once grows once

    # 120 callers and 600 calls each time; what is kept of each would show as a hundred of one type.
    assert {name: count for name, count in grown.items() if count > 100} == {}
