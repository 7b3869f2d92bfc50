"""Ports of the accounts room, in memory: a store, an issuer with a rotating token, a clock."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from codex2api.accounts.account import Account, TokenSet
from codex2api.errors import ApiError, Kind

NOW = 1_790_000_000.0


class ManualClock:
    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def tokens(number: int = 0, *, lives: float = 3600) -> TokenSet:
    return TokenSet(f"access-{number}", f"refresh-{number}", NOW + lives)


def account(label: str = "default", *, lives: float = 3600, number: int = 0) -> Account:
    return Account(label, f"workspace-{label}", tokens(number, lives=lives))


class MemoryStore:
    """Counts nothing, forgets nothing; one turn at a time, like the real one."""

    def __init__(self, *accounts: Account) -> None:
        self.held = {account.label: account for account in accounts}
        self.saves: list[TokenSet] = []
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def accounts(self) -> Sequence[Account]:
        return list(self.held.values())

    async def add(self, account: Account) -> None:
        self.held[account.label] = account

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        self.saves.append(tokens)
        self.held[label] = replace(self.held[label], tokens=tokens)
        return self.held[label]

    async def remove(self, label: str) -> None:
        del self.held[label]

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        async with self._locks[label]:
            if label not in self.held:
                raise ApiError(Kind.NO_ACCOUNT, "gone")
            yield self.held[label]


class ScriptedIssuer:
    """Answers with what it is given, in order; afterwards with a rotated token."""

    def __init__(self, *answers: TokenSet | ApiError, clock: ManualClock | None = None) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str]] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._clock = clock or ManualClock()

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        self.calls.append((tokens.refresh_token, reason))
        self.asked.set()
        await self.gate.wait()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, ApiError):
                raise answer
            return answer
        number = len(self.calls)
        at = self._clock()
        return TokenSet(f"access-new-{number}", f"refresh-new-{number}", at + 3600, issued_at=at)
