"""Whatever a caller sends, the answer is a 4xx that names the parameter, never a 5xx."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from tests.conformance.checks import check_refusal
from tests.served import Served, served
from tests.whole.malformed import CASES, CHAT, JSON, Case


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home: Path = tmp_path_factory.mktemp("home")
    async with served(home) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_malformed_request(product: Served, case: Case) -> None:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client:
        response = await client.post(case.path, content=case.body, headers=case.headers)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (case.status, case.param), error
    check_refusal(response)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_of_100_megabytes(product: Served) -> None:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client:
        response = await client.post(CHAT, content=b"x" * 100_000_000, headers=JSON)
    assert response.status_code == 413


@pytest.mark.asyncio(loop_scope="module")
async def test_hardly_any_of_it_reached_the_backend(product: Served) -> None:
    asked = product.simulator.requests(path="/responses", method="POST")
    # Tools of a type that we do not know are the backend's to judge: it learns new ones.
    assert [request.json["tools"][0]["type"] for request in asked] == ["hammer", "hammer"]
