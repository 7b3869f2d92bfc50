"""Where a row plays: accounts of its own on shared servers, or servers of its own."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.checks import Failed
from faults.rig import secrets
from faults.rig.backend import Lane, ScriptedChatGPT, scripted
from faults.rig.caller import Caller, Reply, connected, request
from faults.rig.product import Product, running

CHAT, RESPONSES, COMPLETIONS = "/v1/chat/completions", "/v1/responses", "/v1/completions"
NATIVE = "/backend-api/codex/responses"
"""Codex' own route, whose answers pass as they are."""

WAYS = tuple((path, stream) for path in (CHAT, RESPONSES, COMPLETIONS) for stream in (True, False))
"""How an answer can be asked for: route, and whether it is streamed."""


@dataclass
class Tally:
    """Sums over all rows.

    Attributes:
        inputs: Bad inputs that were tried.
        server_errors: Those of them that were answered 5xx (501 apart), or not at all.
        replies: Answers that were searched for secrets.
    """

    inputs: int = 0
    server_errors: list[str] = field(default_factory=list)
    replies: int = 0


@dataclass
class House:
    """What all rows share.

    Attributes:
        patient: A server with its usual time limits.
        impatient: One with short ones, for rows of silence.
        products: Every server that was started, for the last search of all logs.
    """

    folder: Path
    chatgpt: ScriptedChatGPT
    patient: Product
    impatient: Product
    products: list[Product] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def stage(self, number: int) -> "Stage":
        """Accounts and lanes for one row."""
        return Stage(self, number)


IMPATIENT = {
    "CODEX2API_BACKEND__IDLE_TIMEOUT": "1500",
    "CODEX2API_BACKEND__TIMEOUT": "1500",
    "CODEX2API_CODEX__KEEPALIVE_SECONDS": "0.4",
}


@asynccontextmanager
async def house(folder: Path, numbers: Iterable[int]) -> AsyncIterator[House]:
    """Scripted ChatGPT and both shared servers, for these rows."""
    for number, name in itertools.product(frozenset(numbers), ("patient", "impatient")):
        secrets.sign_in(folder / name, f"acc-row-{number}", f"row{number}")
    async with AsyncExitStack() as stack:
        chatgpt = await stack.enter_async_context(scripted())
        addresses = aimed_at(chatgpt)
        key = {"CODEX2API_API_KEYS": secrets.CLIENT_KEY}
        patient = stack.enter_async_context(running(folder / "patient", environ=addresses | key))
        hasty = stack.enter_async_context(
            running(folder / "impatient", environ=addresses | IMPATIENT)
        )
        first, second = await asyncio.gather(patient, hasty)
        yield House(folder, chatgpt, first, second, [first, second])


def aimed_at(chatgpt: ScriptedChatGPT) -> dict[str, str]:
    """The settings that name backend and issuer."""
    return {
        "CODEX2API_BACKEND__URL": chatgpt.backend,
        "CODEX2API_OAUTH__ISSUER": chatgpt.url,
        "CODEX2API_OAUTH__LOCAL_SERVER_PORT": "0",
    }


class Stage:
    """One row's own account, and the ways to use it.

    Attributes:
        lane: What ChatGPT says to that account.
        inputs: Bad ones that this row has tried.
    """

    def __init__(self, house: House, number: int) -> None:
        self.house = house
        self.number = number
        self.account_id = f"acc-row-{number}"
        self.label = f"row{number}"
        self.lane: Lane = house.chatgpt.lane(self.account_id)
        self.product = house.patient
        self.inputs = 0
        self._homes = itertools.count(1)

    @property
    def tally(self) -> Tally:
        """Sums over all rows."""
        return self.house.tally

    @property
    def choosing(self) -> list[str]:
        """The header line that chooses our account."""
        return [f"x-codex2api-account: {self.label}"]

    def file(self, product: Product | None = None) -> Path:
        """The token file of our account."""
        home = (product or self.product).home
        shared = home in (self.house.patient.home, self.house.impatient.home)
        return home / "data" / (f"tokens.{self.label}.json" if shared else "tokens.json")

    def sign_in(self, product: Product | None = None, **fields: Any) -> str:
        """New tokens in the file of our account; the access token."""
        content = json.dumps(secrets.token_file(self.account_id, **fields))
        secrets.write_private(self.file(product), content)
        return str(json.loads(content)["access_token"])

    def impatiently(self) -> "Stage":
        """From now on at the server with short time limits."""
        self.product = self.house.impatient
        return self

    @asynccontextmanager
    async def own(
        self,
        *options: str,
        home: Path | None = None,
        before: Callable[[], None] | None = None,
        signed_in: bool = True,
        environ: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Product]:
        """A server of this row alone; our account is its only one."""
        home = home or self.new_home()
        if signed_in and not (home / "data" / "tokens.json").exists():
            secrets.sign_in(home, self.account_id)
        variables = {**aimed_at(self.house.chatgpt), **(environ or {})}
        async with running(home, *options, before=before, environ=variables) as product:
            self.house.products.append(product)
            yield product

    def new_home(self) -> Path:
        """A folder that nobody has used."""
        return self.house.folder / f"row{self.number}-{next(self._homes)}"

    def body(
        self, text: str = "hi", *, path: str = CHAT, stream: bool = True, **fields: Any
    ) -> bytes:
        """A good request body."""
        said: dict[str, dict[str, Any]] = {
            CHAT: {"messages": [{"role": "user", "content": text}]},
            RESPONSES: {"input": text, "store": False},
            COMPLETIONS: {"prompt": text, "max_tokens": 100_000_000},  # it is 16 otherwise
            NATIVE: {"input": [], "instructions": text, "store": False},
        }
        return json.dumps({"model": "gpt-5.5", "stream": stream} | said[path] | fields).encode()

    def request(
        self,
        body: bytes,
        path: str = CHAT,
        head: Sequence[str] = (),
        product: Product | None = None,
    ) -> bytes:
        """A good request as bytes."""
        return request(product or self.product, path, body, [*self._choosing(product), *head])

    async def ask(
        self,
        text: str = "hi",
        *,
        path: str = CHAT,
        stream: bool = True,
        product: Product | None = None,
        head: Sequence[str] = (),
        **fields: Any,
    ) -> Reply:
        """Ask as our account, and hear the answer to its end."""
        body = self.body(text, path=path, stream=stream, **fields)
        return await self.send(self.request(body, path, head, product), product)

    async def send(self, data: bytes, product: Product | None = None) -> Reply:
        """Bytes on a connection of their own, and the first answer to them."""
        async with connected(product or self.product) as caller:
            with suppress(ConnectionError):  # refused before all was said: the answer is there
                await caller.send(data)
            return await self.hear(caller, bodiless=data.startswith(b"HEAD "))

    async def hear(self, caller: Caller, *, bodiless: bool = False) -> Reply:
        """The next answer, searched for secrets; ``bodiless`` if it is one to HEAD."""
        self.tally.replies += 1
        return await caller.reply(bodiless=bodiless)

    async def bad(self, name: str, data: bytes, product: Product | None = None) -> Reply:
        """The same for what must never be answered 5xx; it is counted.

        Raises:
            Failed: It was, or it was not answered at all.
        """
        reply = await self.send(data, product)
        self.tally.inputs += 1
        self.inputs += 1
        if (reply.status >= 500 and reply.status != 501) or not reply.status:
            self.tally.server_errors.append(f"row {self.number}, {name}: {reply.status}")
            raise Failed(f"{name}: {reply.status or 'no answer'} {reply.body[:200]!r}")
        return reply

    async def each_way(self, judge: Callable[[Reply], Any], text: str = "hi") -> list[Any]:
        """Ask in all ways at once; what the judge said of each answer."""
        asked = [self.ask(text, path=path, stream=stream) for path, stream in WAYS]
        return [judge(reply) for reply in await asyncio.gather(*asked)]

    def _choosing(self, product: Product | None) -> list[str]:
        shared = product in (None, self.house.patient, self.house.impatient)
        return self.choosing if shared else []


Play = Callable[[Stage], Awaitable[str]]


@dataclass(frozen=True)
class Row:
    """One row of the matrix.

    Attributes:
        fault: What is done.
        sees: What the user sees.
        play: Does it, judges, and says what was seen; ``None`` if it is played elsewhere.
        alone: Whether others would disturb it, or it them.
        slow: Whether it takes too long for every run of the tests.
        limit: Seconds.
        elsewhere: The test that plays it, if not here.
    """

    number: int
    fault: str
    sees: str
    play: Play | None = None
    alone: bool = False
    slow: bool = False
    limit: float = 60.0
    elsewhere: str = ""
