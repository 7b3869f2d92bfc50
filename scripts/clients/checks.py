"""What the Python programs of this folder share: they check one client each, one line a check.

Each runs in an environment of its own, made by ``scripts/conformance.py``, with ``OPENAI_BASE_URL``
and ``OPENAI_API_KEY`` set. The server's backend is the simulated ChatGPT: markers in the prompts
choose what it answers.
"""

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

MODEL = "gpt-5.5"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FUNCTION: dict[str, Any] = {
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": CITY,
}
WEATHER: dict[str, Any] = {"type": "function", "function": FUNCTION}

Check = Callable[[], Awaitable[None] | None]

_CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Make a function a check; its docstring is its name."""
    _CHECKS.append(function)
    return function


def run(package: str) -> None:
    """Run all checks, print a line for each, and end with 1 if one failed."""
    report(version(package))


def report(version_of_client: str) -> None:
    """As ``run``, for a client that is no Python package."""
    print(f"version {version_of_client}")
    with asyncio.Runner() as runner:  # one loop for all: clients keep connections open
        failed = sum(not _passes(one, runner) for one in _CHECKS)
    sys.exit(1 if failed else 0)


def _passes(one: Check, runner: asyncio.Runner) -> bool:
    name = (inspect.getdoc(one) or one.__name__).rstrip(".")
    try:
        result = one()
        if result is not None:
            runner.run(_awaited(result))
    except Exception as error:  # noqa: BLE001 - whatever a client throws is a failed check
        reason = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(f"FAILED  {name}: {reason[:300]}", flush=True)
        return False
    print(f"ok      {name}", flush=True)
    return True


async def _awaited(result: Awaitable[None]) -> None:
    await result


def expect(holds: object, otherwise: object) -> None:
    """Fail the check unless it holds."""
    if not holds:
        raise AssertionError(f"unexpected: {otherwise!r}")
