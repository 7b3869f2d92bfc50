"""A product with a day behind it: accounts that stand differently, and calls that went differently.

The pictures of the documentation are taken of it, too. The same at every time but for the clock.
"""

import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from codex2api.ledger.calls import CallRecord
from codex2api.simulator.backend.limits import Limits, Window
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator
from tests.served import Served, served, sign_in
from tests.store.opened import opened

ACCOUNTS = {"work": "pro", "spare": "plus"}
"""Besides the first one, with their plans."""

CLIENT_KEYS = (
    {"name": "laptop"},
    {"name": "ci", "requests": "100/1h", "tokens": "1M/1d", "models": "gpt-5.5,gpt-5.2*"},
    {"name": "old-phone", "weekly_share": "20%", "account": "work", "expires": "30d"},
)

_KEYS = ("laptop", "ci", "owner")
_CLIENTS = ("OpenAI/Python 2.8.1", "codex_cli_rs/0.160.0", "curl/8.5.0", "node/22.1.0", None)
_MODELS = (
    ("gpt-5.5", "high"),
    ("gpt-5.4", "medium"),
    ("gpt-5.5", "xhigh"),
    ("gpt-5.3-codex", "low"),
)
_FAILURES = (
    (429, "usage_limit_reached"),
    (502, "upstream_unavailable"),
    (400, "invalid_value"),
    (200, "upstream_timeout"),
)


@asynccontextmanager
async def lived_in(home: Path, **overrides: Any) -> AsyncIterator[Served]:
    """The product with accounts and calls."""
    await remember(home, day_of_calls(time.time()))
    options = SimulatorOptions(any_redirect_port=True, plans=ACCOUNTS, device_interval=1)
    async with served(home, options, **overrides) as product:
        for label in ACCOUNTS:
            sign_in(home, product.simulator, label=label)
        name_people(home)
        limit(product.simulator, "demo", (300, 38.0, 8040), (10_080, 64.0, 250_000))
        limit(product.simulator, "work", (300, 81.0, 3000), (10_080, 22.0, 510_000))
        limit(product.simulator, "spare", (300, 100.0, 10_900), (10_080, 91.0, 400_000))
        async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
            for label in ("default", *ACCOUNTS):
                answer = await http.post(f"/admin/api/accounts/{label}/refresh")
                assert answer.status_code == 200, answer.text
            for key in CLIENT_KEYS:
                answer = await http.post("/admin/api/keys", json=key)
                assert answer.status_code == 200, answer.text
        yield product


def name_people(home: Path) -> None:
    """Give the accounts the addresses that a real sign-in would tell."""
    for file in (home / "data").glob("tokens*.json"):
        label = file.name.removeprefix("tokens").removesuffix(".json").strip(".")
        tokens = {**json.loads(file.read_text()), "email": f"ada{label}@example.org"}
        file.write_text(json.dumps(tokens))


def limit(simulator: RunningSimulator, label: str, *windows: tuple[int, float, int]) -> None:
    """Say how an account stands: minutes, percent used, and seconds until the reset, of each."""
    shown = [Window(used, minutes, left) for minutes, used, left in windows]
    simulator.state.own_limits[label] = Limits(ACCOUNTS.get(label, "plus"), *shown)


async def remember(home: Path, calls: list[CallRecord]) -> None:
    """Put calls into the ledger of a home."""
    data = home / "data"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with opened(data, time.time) as state:
        await state.ledger.add(calls)


def day_of_calls(now: float) -> list[CallRecord]:
    """Calls of the last 23 hours, more of them by day than by night."""
    dice = random.Random(7)
    moments = sorted(dice.triangular(0, 82_800, 70_000) for _ in range(420))
    return [a_call(dice, round((now - 82_800 + moment) * 1000)) for moment in moments]


def a_call(dice: random.Random, at: int) -> CallRecord:
    """One call."""
    model, effort = dice.choice(_MODELS)
    whole = round(dice.lognormvariate(9.5, 0.9))
    written = round(dice.lognormvariate(6.3, 0.8))
    first = round(dice.lognormvariate(7.4, 0.6))
    common: dict[str, Any] = {
        "at": at,
        "request_id": f"req_{dice.getrandbits(64):016x}",
        "method": "POST",
        "route": dice.choice(("/v1/responses", "/v1/chat/completions")),
        "asked_model": f"{model}-{effort}",
        "key": (key := dice.choice(_KEYS)),
        "key_name": key,
        "client": dice.choice(_CLIENTS),
    }
    if dice.random() < 0.05:
        status, error = dice.choice(_FAILURES)
        return CallRecord(**common, total_ms=dice.randrange(90, 4000), status=status, error=error)
    return CallRecord(
        **common,
        model=model,
        effort=effort,
        account=dice.choice(("default", "work", "work")),
        input_tokens=whole,
        cached_tokens=round(whole * dice.betavariate(6, 2)),
        output_tokens=written,
        reasoning_tokens=round(written * dice.betavariate(3, 3)),
        first_ms=first,
        total_ms=first + round(dice.lognormvariate(8.2, 0.7)),
        status=200,
    )
