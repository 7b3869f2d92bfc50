"""Callers who have keys, and their clients."""

from typing import Any

from openai import AsyncOpenAI

from tests.served import Served

ANNE, BEN = "sk-anne-0123456789abcdef", "sk-ben-0123456789abcdef"
TWO_CALLERS: dict[str, Any] = {"server.apiKeys": [ANNE, BEN]}


def sdk(product: Served, key: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=product.v1, api_key=key, max_retries=0)
