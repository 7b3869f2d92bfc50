"""Kill the server with SIGKILL while it answers, again and again; no stored answer may be lost.

Callers ask for responses (whole, streamed, in the background) and stored chat completions, and note
each one whose end they have seen. A random moment later the server is killed and started anew: all
that was acknowledged must be there, as it was; what was under way must have failed, not hang.

    python scripts/kill_stored.py --cycles 50
"""

import argparse
import asyncio
import json
import logging
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from codex2api.simulator.runner import RunningSimulator, running_simulator

CALLERS = 8


@dataclass
class Notes:
    """What callers were told.

    Attributes:
        kept: Objects whose end was seen, by their paths.
        begun: Responses that go on in the background.
        old: What was found after a restart; looked at once more in the end.
    """

    kept: dict[str, Any] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    old: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Caller:
    """One of those who ask."""

    http: aiohttp.ClientSession
    url: str
    notes: Notes
    acknowledged: asyncio.Event

    async def get(self, path: str) -> tuple[int, Any]:
        """Status and body."""
        async with self.http.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.json()

    async def ask_for_ever(self, number: int) -> None:
        """Ask, note what was acknowledged, ask again, until the server is gone."""
        ways = (self._whole, self._streamed, self._chat, self._background)
        while True:
            try:
                await ways[number % len(ways)](f"question {number}")
            except (aiohttp.ClientError, ConnectionError, EOFError):
                return
            number += 1

    async def _whole(self, text: str) -> None:
        body = await self._post("/v1/responses", {"input": text})
        self._keep(f"/v1/responses/{body['id']}", body)

    async def _streamed(self, text: str) -> None:
        wish = {"model": "gpt-5.5", "input": text, "stream": True}
        async with self.http.post(f"{self.url}/v1/responses", json=wish) as answer:
            async for line in answer.content:
                if line.startswith(b"data: ") and b'"response.completed"' in line:
                    body = json.loads(line.removeprefix(b"data: "))["response"]
                    self._keep(f"/v1/responses/{body['id']}", body)

    async def _chat(self, text: str) -> None:
        said = [{"role": "user", "content": text}]
        body = await self._post("/v1/chat/completions", {"messages": said, "store": True})
        self._keep(f"/v1/chat/completions/{body['id']}", body | {"metadata": {}})

    async def _background(self, text: str) -> None:
        text = f"SCENARIO:text:n=20:d=20 {text}"
        body = await self._post("/v1/responses", {"input": text, "background": True})
        self.notes.begun.add(f"/v1/responses/{body['id']}")

    def _keep(self, path: str, body: Any) -> None:
        self.notes.kept[path] = body
        self.acknowledged.set()

    async def _post(self, path: str, wish: dict[str, Any]) -> Any:
        wish = {"model": "gpt-5.5"} | wish
        async with self.http.post(f"{self.url}{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


async def run(home: Path, cycles: int, seed: int) -> Notes:
    """The loop.

    Returns:
        All that was acknowledged.

    Raises:
        AssertionError: Something was lost, changed, or hangs.
    """
    moments, notes = random.Random(seed), Notes()
    async with running_simulator() as simulator:
        sign_in(home, simulator)
        for _ in range(cycles):
            async with served(home, simulator, notes) as (caller, kill):
                await check(caller, without=notes.old)
                asking = [
                    asyncio.create_task(caller.ask_for_ever(number)) for number in range(CALLERS)
                ]
                await caller.acknowledged.wait()
                await asyncio.sleep(moments.uniform(0.0, 0.5))
                await kill()
                await asyncio.gather(*asking)
        async with served(home, simulator, notes) as (caller, _):
            await check(caller)
    return notes


async def check(caller: Caller, without: AbstractSet[str] = frozenset()) -> None:
    """Whether all that was acknowledged is there."""
    notes = caller.notes
    for path in notes.kept.keys() - without:
        found = await caller.get(path)
        assert found == (200, notes.kept[path]), f"lost or changed: {path}: {found}"
    for path in notes.begun - without:
        status, body = await caller.get(path)
        assert (status, body["status"] in ("completed", "failed")) == (200, True), f"{path}: {body}"
    notes.old |= notes.kept.keys() | notes.begun


@asynccontextmanager
async def served(
    home: Path, simulator: RunningSimulator, notes: Notes
) -> AsyncIterator[tuple[Caller, Callable[[], Awaitable[None]]]]:
    """A server of its own process, and what kills it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex2api", "serve", "--no-login", "--log-level", "error"),
        *("--port", "0"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {
            "CODEX2API_HOME": str(home),
            "CODEX2API_OAUTH__ISSUER": simulator.issuer_url,
            "CODEX2API_BACKEND__URL": simulator.backend_url,
        },
    )
    assert process.stderr is not None

    async def kill() -> None:
        process.kill()
        await process.wait()

    try:
        url = await _address(process.stderr)
        listening = asyncio.create_task(process.stderr.read())
        key = (home / "data" / "local.key").read_text().strip()
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as http:
            yield Caller(http, url, notes, asyncio.Event()), kill
    finally:
        if process.returncode is None:
            await kill()
    await listening


async def _address(screen: asyncio.StreamReader) -> str:
    """Where the server says that it listens."""
    told = ""
    async for line in screen:
        told += line.decode()
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/v1[^/]*$", told):
            return found[1]
    raise AssertionError(f"the server does not listen: {told}")


def sign_in(home: Path, simulator: RunningSimulator) -> None:
    """Put tokens that the simulator knows where the server looks for them."""
    minted = simulator.make_tokens()
    tokens = {name: minted[name] for name in ("access_token", "refresh_token", "account_id")}
    data = home / "data"
    data.mkdir(parents=True, mode=0o700)
    path = data / "tokens.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(tokens | {"expires_at": int(time.time() + 86_400) * 1000}))


def main() -> None:
    """Parse the command line, run, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("aiohttp.server").disabled = True  # the simulator: its caller was killed
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        notes = asyncio.run(run(Path(folder), options.cycles, options.seed))
        took = time.monotonic() - began
    print(
        f"{options.cycles} kills, {len(notes.kept)} answers acknowledged and {len(notes.begun)} in "
        f"the background, {took:.0f} s: none lost, none changed, none hanging"
    )


if __name__ == "__main__":
    main()
