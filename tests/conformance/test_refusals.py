"""Whatever is wrong with a request: the answer is OpenAI's error object, and nothing else."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from codex2api.api.unsupported import why_unsupported
from tests.conformance.checks import check_refusal
from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_SERVED = ("/embeddings", "/moderations", "/audio/speech", "/batches", "/fine_tuning/jobs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(product: Served) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
        yield http


@pytest.mark.parametrize("path", NOT_SERVED)
async def test_what_a_plan_does_not_include(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.post(f"/v1{path}", json={})
    check_refusal(answer)
    assert answer.status_code == 501
    assert answer.json()["error"]["message"] == why_unsupported(f"/v1{path}")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/v1/chat/completions", 405),
        ("PATCH", "/v1/models", 405),
        ("DELETE", "/health", 405),
        ("GET", "/v1/models/", 404),
        ("GET", "/v1/files/", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("POST", "/v1/responses/", 404),
    ],
)
async def test_a_wrong_address(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    check_refusal(answer)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer sk-wrong"},
        {"host": "evil.example"},
        {"origin": "https://evil.example"},
        {"x-codex2api-account": "nobody"},
        {"x-codex2api-strict": "1"},
    ],
)
async def test_a_stranger(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}], "seed": 1}
    check_refusal(await client.post("/v1/chat/completions", json=body, headers=headers))
