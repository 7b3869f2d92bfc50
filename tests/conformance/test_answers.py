"""Every body and every streamed event of every scenario is as its API's maker publishes it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from codex2api.simulator.scenarios.choose import NAMES
from tests.conformance.checks import Streamed, ask_streamed, ask_whole
from tests.conformance.routes import ROUTES, Body, Route
from tests.conformance.scenarios import ANSWERS, BROKEN, REFUSALS
from tests.served import Served, served

PATIENCE = {"backend.idleTimeout": 700, "backend.timeout": 1500}
"""Milliseconds for what never ends; what does end may take as long as a slow machine needs."""

routes = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), **PATIENCE) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", ANSWERS)
@routes
async def test_an_answer(product: Served, hasty: Served, route: Route, scenario: str) -> None:
    good = scenario.partition(":")[0] not in BROKEN
    bodies = route.bodies(f"SCENARIO:{scenario} go", bounded=good)
    asked = product if good else hasty
    async with httpx2.AsyncClient(base_url=asked.v1, headers=asked.bearer, timeout=60) as client:
        for whole, streamed in await ask_all(client, route, bodies):
            assert streamed.good == good
            assert (whole.status_code == 200) == streamed.good


@pytest.mark.parametrize("scenario", REFUSALS)
async def test_a_refusal(tmp_path: Path, scenario: str) -> None:
    text = f"SCENARIO:{scenario} go"
    async with (
        served(tmp_path, **PATIENCE) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        asked = [ask_all(client, route, route.bodies(text)) for route in ROUTES]
        for answers in await asyncio.gather(*asked):
            for whole, streamed in answers:
                assert whole.status_code == streamed.status >= 400


async def ask_all(
    client: httpx2.AsyncClient, route: Route, bodies: list[Body]
) -> list[tuple[httpx2.Response, Streamed]]:
    """All requests at once: some scenarios take their time."""

    async def both(body: Body) -> tuple[httpx2.Response, Streamed]:
        return await asyncio.gather(
            ask_whole(client, route, body), ask_streamed(client, route, body)
        )

    return await asyncio.gather(*map(both, bodies))


def test_no_scenario_is_left_out() -> None:
    tried = {text.partition(":")[0] for text in (*ANSWERS, *REFUSALS)}
    assert tried == set(NAMES) - {"endless"}
