"""Client keys of a served product, made as the dashboard makes them."""

from typing import Any

import httpx2

from tests.served import Served

PATH = "/admin/api/keys"


async def create_key(product: Served, name: str, **said: Any) -> dict[str, Any]:
    """A new key; ``key`` is what opens the door."""
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as owner:
        answer = await owner.post(PATH, json={"name": name, **said})
    assert answer.status_code == 200, answer.text
    created: dict[str, Any] = answer.json()
    return created


def client_of(product: Served, key: str) -> httpx2.AsyncClient:
    """A client that shows a key."""
    bearer = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=product.url, headers=bearer, timeout=60)


def error_of(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]
