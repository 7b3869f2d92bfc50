"""``/v1/models`` over HTTP."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from codex2api.api.models import models_router
from codex2api.catalog.fallback import FALLBACK
from codex2api.catalog.models import Catalog, ModelSpec
from codex2api.errors import ApiError

SPECS = (
    ModelSpec(
        "big",
        ("low", "high"),
        "low",
        name="Big",
        priority=2,
        context_window=1000,
        max_output_tokens=10,
        tiers=("priority",),
    ),
    ModelSpec("small", priority=1, input_modalities=("text",)),
    ModelSpec("secret", ("low",), visibility="hide"),
)


async def failed(request: object, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return JSONResponse({"code": error.code or error.kind, "message": error.message}, error.status)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async def catalog(_label: str | None = None) -> Catalog:
        return Catalog(SPECS, complete=True)

    app = FastAPI(exception_handlers={ApiError: failed})
    app.include_router(models_router(catalog))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_the_list(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/models")

    assert answer.status_code == 200
    assert answer.json() == {
        "object": "list",
        "data": [
            {
                "id": "small",
                "object": "model",
                "created": 1754524800,
                "owned_by": "openai",
                "reasoning_efforts": [],
                "input_modalities": ["text"],
                "service_tiers": [],
                "hidden": False,
            },
            {
                "id": "big",
                "object": "model",
                "created": 1754524800,
                "owned_by": "openai",
                "name": "Big",
                "context_window": 1000,
                "max_output_tokens": 10,
                "reasoning_efforts": ["low", "high"],
                "default_reasoning_effort": "low",
                "input_modalities": ["text", "image"],
                "service_tiers": ["priority"],
                "hidden": False,
            },
        ],
    }


@pytest.mark.parametrize(
    ("name", "alias_of", "default"),
    [
        ("big", None, "low"),
        ("big-high", "big", "high"),
        ("big-medium", "big", "high"),
        ("secret", None, None),
    ],
)
async def test_one_model(
    client: httpx2.AsyncClient, name: str, alias_of: str | None, default: str | None
) -> None:
    answer = (await client.get(f"/v1/models/{name}")).json()

    assert answer["id"] == name
    assert answer.get("alias_of") == alias_of
    assert answer.get("default_reasoning_effort") == default


@pytest.mark.parametrize("name", ["gpt-4", "a/b", "small-high"])
async def test_an_unknown_model(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.get(f"/v1/models/{name}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "model_not_found"
    assert "small, big" in answer.json()["message"]


async def test_the_packaged_list_does_not_invent_models() -> None:
    async def catalog(_label: str | None = None) -> Catalog:
        return FALLBACK

    app = FastAPI(exception_handlers={ApiError: failed})
    app.include_router(models_router(catalog))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        assert (await opened.get("/v1/models/gpt-9")).status_code == 404
        assert (await opened.get("/v1/models/gpt-5.2-codex-xhigh")).status_code == 200
