"""Which adapter serves an account: looked up by its kind, here and nowhere else."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from codex2api.accounts.account import AccountKind, Credential
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.lookout import UsageDesk
from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Answered
from codex2api.protocol.native import NativeAnswer, NativeRequest
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Heed, UpstreamStream

AskedT = TypeVar("AskedT")
AskedT_contra = TypeVar("AskedT_contra", contravariant=True)


class Streams(Protocol):
    """Carries a request for accounts of one kind."""

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """As the relay's ``Upstream``."""

    async def rehearse(self, request: ResponsesRequest, credential: Credential, /) -> Rehearsed:
        """As a rehearsal's ``Stage``."""


class Carries(Protocol[AskedT_contra]):
    """Runs errands for accounts of one kind."""

    async def carry(self, errand: AskedT_contra, credential: Credential, /) -> Answered:
        """As the errands' ``Courier``."""


class Ferries(Protocol):
    """Passes Codex' own requests on for accounts of one kind."""

    async def open(self, request: NativeRequest, credential: Credential, /) -> NativeAnswer:
        """As the passage's ``Ferry``."""


@dataclass(frozen=True, slots=True)
class UpstreamByKind:
    """The relay's ``Upstream``, and a rehearsal's ``Stage``."""

    upstreams: Mapping[AccountKind, Streams]

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """Send a request the way that the account's kind is served."""
        return self.upstreams[credential.kind].stream(request, credential, heed)

    async def rehearse(self, request: ResponsesRequest, credential: Credential) -> Rehearsed:
        """The call as it would be made."""
        return await self.upstreams[credential.kind].rehearse(request, credential)


@dataclass(frozen=True, slots=True)
class CourierByKind(Generic[AskedT]):
    """The errands' ``Courier``; a kind that is missing here cannot run them."""

    couriers: Mapping[AccountKind, Carries[AskedT]]

    async def carry(self, errand: AskedT, credential: Credential) -> Answered:
        """Run an errand.

        Raises:
            ApiError: Also ``NOT_SUPPORTED``, upon which an account of another kind may be tried.
        """
        courier = self.couriers.get(credential.kind)
        if courier is None:
            raise _not_offered()
        return await courier.carry(errand, credential)


@dataclass(frozen=True, slots=True)
class FerryByKind:
    """The passage's ``Ferry``; a kind that is missing here cannot serve Codex itself."""

    ferries: Mapping[AccountKind, Ferries]

    async def open(self, request: NativeRequest, credential: Credential) -> NativeAnswer:
        """Pass a request on.

        Raises:
            ApiError: Also ``NOT_SUPPORTED``, upon which an account of another kind may be tried.
        """
        ferry = self.ferries.get(credential.kind)
        if ferry is None:
            raise _not_offered()
        return await ferry.open(request, credential)


@dataclass(frozen=True, slots=True)
class UsageByKind:
    """The lookout's ``UsageDesk``; nothing is known of a kind that is missing here."""

    desks: Mapping[AccountKind, UsageDesk]

    async def usage(self, credential: Credential) -> RateLimits:
        """The account's limits, or none where its kind is not told any."""
        desk = self.desks.get(credential.kind)
        return RateLimits() if desk is None else await desk.usage(credential)


def _not_offered() -> ApiError:
    return ApiError(
        Kind.NOT_SUPPORTED,
        "OpenAI's official sign-in does not offer this. An account that is signed in as Codex "
        "does (`codex2api login --account codex`), where one is.",
    )
