"""Stand-ins for the outside: each implements a port and plays what a test scripts."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from codex2api.accounts.account import Account, Credential, TokenSet
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.pool import AccountPool
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Batch, RateLimitsSeen, UpstreamEvent
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Heed, Sighting, UpstreamStream
from codex2api.relay import Relay

NOW = 1_800_000_000.0


def account(label: str) -> Account:
    """An account whose access token is ``access-LABEL`` and good for a day."""
    return Account(
        label, f"id-{label}", TokenSet(f"access-{label}", f"refresh-{label}", NOW + 86400)
    )


class MemoryStore:
    """An ``AccountStore`` without files."""

    def __init__(self, *labels: str) -> None:
        self.held = {label: account(label) for label in labels}

    async def accounts(self) -> list[Account]:
        return list(self.held.values())

    async def add(self, account: Account) -> None:
        self.held[account.label] = account

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        self.held[label] = replace(self.held[label], tokens=tokens)
        return self.held[label]

    async def remove(self, label: str) -> None:
        self.held.pop(label, None)

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        yield self.held[label]


@dataclass
class CountingIssuer:
    """A ``TokenIssuer`` that gives ``access-N`` for its Nth refresh, or fails as told."""

    failure: ApiError | None = None
    refreshes: int = 0

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        self.refreshes += 1
        if self.failure is not None:
            raise self.failure
        return TokenSet(f"access-{self.refreshes}", f"refresh-{self.refreshes}", NOW + 86400)


Script = Iterable[UpstreamEvent | Batch | ApiError]


@dataclass
class ScriptedUpstream:
    """An ``Upstream`` that plays one script a call, by access token.

    A script is a list of events (each its own batch), batches and, last, perhaps a failure. A
    call's script may also be an ``ApiError`` by itself: refused before the stream.
    """

    scripts: dict[str, list[Script | ApiError]] = field(default_factory=dict)
    calls: list[tuple[str, ResponsesRequest]] = field(default_factory=list)
    open_streams: int = 0

    @asynccontextmanager
    async def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> AsyncIterator[UpstreamStream]:
        self.calls.append((credential.access_token, request))
        script = self.scripts[credential.access_token].pop(0)
        if isinstance(script, ApiError):
            raise script
        self.open_streams += 1
        seen: list[Sighting] = []
        try:
            yield UpstreamStream(
                model=request.model,
                batches=_play(script, seen),
                limits_seen=lambda: seen[-1] if seen else None,
            )
        finally:
            self.open_streams -= 1


async def _play(script: Script, seen: list[Sighting]) -> AsyncIterator[Batch]:
    for step in script:
        if isinstance(step, ApiError):
            raise step
        batch = step if isinstance(step, list) else [step]
        seen += [Sighting(each, NOW) for each in batch if isinstance(each, RateLimitsSeen)]
        yield batch


def relay(
    store: MemoryStore, upstream: ScriptedUpstream, issuer: CountingIssuer | None = None
) -> Relay:
    """A relay over fakes, with a clock that stands still."""
    keeper = TokenKeeper(store, issuer or CountingIssuer(), now=lambda: NOW)
    return Relay(AccountPool(store, keeper, now=lambda: NOW), upstream, now=lambda: NOW)


def a_request(model: str = "gpt-5.5") -> ResponsesRequest:
    return ResponsesRequest(model=model, input=[])


def limit_reached(seconds: float = 5) -> ApiError:
    return ApiError(Kind.LIMIT_REACHED, "The window is empty.", retry_after=seconds)


def unauthorized() -> ApiError:
    return ApiError(Kind.SIGN_IN_REQUIRED, "The token was refused.")


def broken() -> ApiError:
    return ApiError(Kind.UPSTREAM_UNAVAILABLE, "It broke.")
