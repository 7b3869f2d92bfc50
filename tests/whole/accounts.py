"""A served product with several accounts, and what was asked of each."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.backend.limits import Limits, Window
from codex2api.simulator.scenarios.entries import parse_rules
from tests.served import Served, served, sign_in

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
LABELS = ("default", "work", "spare")


class House:
    """A product and an owner's client for it.

    ``default`` is the simulator's first account; the others have the same label on both sides.
    """

    def __init__(self, product: Served, http: httpx2.AsyncClient) -> None:
        self.product = product
        self.simulator = product.simulator
        self.http = http

    async def ask(self, text: str, *, account: str = "", **fields: Any) -> httpx2.Response:
        """One chat completion."""
        messages = [{"role": "user", "content": text}]
        body = {"model": "gpt-5.5", "messages": messages, **fields}
        headers = {"x-codex2api-account": account} if account else {}
        return await self.http.post(CHAT, json=body, headers=headers)

    async def respond(self, said: Any, **fields: Any) -> httpx2.Response:
        """One response."""
        body = {"model": "gpt-5.5", "input": said, **fields}
        return await self.http.post(RESPONSES, json=body)

    async def status(self) -> dict[str, Any]:
        """``GET /auth/status``, by label."""
        answer = (await self.http.get("/auth/status")).json()
        return {each["account"]: each for each in answer["accounts"]}

    def play(self, label: str, scenario: str, **how: Any) -> None:
        """Have the simulator answer one account in its own way."""
        match = {"account": theirs(label), **how.pop("match", {})}
        rules = parse_rules([{"match": match, "scenario": scenario, **how}])
        self.simulator.state.rules.add(rules)

    def use(self, label: str, primary: float, secondary: float = 1, left: int = 9000) -> None:
        """Set how much of an account's windows is used."""
        windows = Window(primary, 300, left), Window(secondary, 10_080, 300_000)
        self.simulator.state.own_limits[theirs(label)] = Limits("plus", *windows)

    def asked(self, path: str = "/codex/responses") -> Counter[str]:
        """How often each account was used to ask the backend."""
        return Counter(
            self._label(request.headers["chatgpt-account-id"])
            for request in self.simulator.requests(path)
        )

    def _label(self, account_id: str) -> str:
        known = {self.simulator.state.account(theirs(each)).account_id: each for each in LABELS}
        return known[account_id]


def theirs(label: str) -> str:
    """The simulator's name for an account of ours."""
    return DEFAULT_LABEL if label == "default" else label


def served_by(answer: httpx2.Response) -> str:
    """Who served; the answer must be a good one."""
    assert answer.status_code == 200, answer.text
    return answer.headers["x-codex2api-account"]


@asynccontextmanager
async def house(home: Path, *labels: str, **settings: Any) -> AsyncIterator[House]:
    """A product with an account for each label."""
    async with served(home, signed_in=False, **settings) as product:
        for label in labels or LABELS[:2]:
            sign_in(home, product.simulator, label=None if label == "default" else label)
        async with visit(product) as inside:
            yield inside


@asynccontextmanager
async def visit(product: Served) -> AsyncIterator[House]:
    """The house of a product."""
    limits = httpx2.Limits(max_connections=200)
    async with httpx2.AsyncClient(
        base_url=product.url, headers=product.bearer, limits=limits, timeout=60
    ) as http:
        yield House(product, http)
