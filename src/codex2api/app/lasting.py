"""What lives as long as the process, however the settings change meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from codex2api.accounts.account import AccountKind
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import Window
from codex2api.accounts.lookout import Lookout, UsageDesk
from codex2api.accounts.policy import strategy_named
from codex2api.accounts.pool import AccountPool
from codex2api.accounts.ports import AccountHome
from codex2api.api.board.cards import AccountCard, cards
from codex2api.api.board.feed import Feed
from codex2api.api.desk import Desk
from codex2api.api.health import Readiness
from codex2api.api.invitation import Invitations
from codex2api.api.state.background import Background, given_up_in
from codex2api.api.wrong_keys import WrongKeys
from codex2api.app.dashboard import Dashboard
from codex2api.app.official import official_backend, official_client
from codex2api.app.watching import Watched, Watching, watching
from codex2api.auth.by_kind import IssuerByKind
from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.callers import Caller, Callers, fingerprint
from codex2api.callers.caller import digest
from codex2api.callers.counter import Books
from codex2api.callers.meter import House, known_key
from codex2api.callers.plan import Plan
from codex2api.ledger.cachemeter import CacheMeter
from codex2api.metrics.scoreboard import Place
from codex2api.reasoning import ReasoningMemory
from codex2api.settings import Settings
from codex2api.store.keyring import KeyRing
from codex2api.store.localkey import load_or_create
from codex2api.store.state import State
from codex2api.store.tokenfile import TokenFiles
from codex2api.upstream.backend import Backend
from codex2api.upstream.by_kind import UsageByKind
from codex2api.upstream.http import Http
from codex2api.upstream.models import LiveModels
from codex2api.upstream.official.models import OfficialModels
from codex2api.upstream.usage import BackendUsage

if TYPE_CHECKING:
    from codex2api.store.shared import SharedStore


log = structlog.get_logger(__name__)

_GLANCE = 0.005
"""Seconds between two looks at the token files, at the most often."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """What lives as long as the process, however the settings change meanwhile."""

    local_key: str
    http: Http
    backend: Backend
    official: Backend
    models: LiveModels
    accounts: AccountHome
    usage: UsageDesk
    keeper: TokenKeeper
    pool: AccountPool
    lookout: Lookout
    sign_in: SignIn
    shared: "SharedStore | None"
    state: State
    background: Background
    invitations: Invitations
    reasoning: ReasoningMemory
    cache_meter: CacheMeter
    readiness: Readiness
    wrong_keys: WrongKeys
    house: House
    callers: Callers
    keys: KeyRing
    desk: Desk
    watching: Watching
    dashboard: Dashboard
    feed: Feed
    started: float
    """When this process was built, in Unix seconds."""

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Open what has to be, and close all of it."""
        async with self.http:
            await self.state.start()
            await self.keys.start()
            behind = [
                asyncio.create_task(each.run()) for each in (self.lookout, self.watching.scoreboard)
            ]
            for task in behind:
                task.add_done_callback(_tell_bug)
            yield
            await _stop(behind)
            await self.background.close()
            await self.sign_in.close()
            await self.models.close()
            await self.keeper.settle()
            await self.keys.close()
            await self.state.close()
            await self.watching.close()
            if self.shared is not None:
                await self.shared.close()

    def take(self, settings: Settings) -> None:
        """Go on by these settings, as far as they may change."""
        _follow(settings, self.pool)
        _let_in(settings, self)
        self.state.keep_for(_lifetime(settings))


def build_lasting(settings: Settings, desk: Desk, place: Place | None = None) -> Lasting:
    """Build it; nothing is opened before its lifespan.

    Raises:
        ApiError: The key file holds no usable key.
    """
    local_key, shared = load_or_create(settings.data_dir), _shared(settings)
    http = _http(settings)
    backend, official = _backend(settings, http), official_backend(settings, http)
    models = LiveModels(backend, others={AccountKind.OFFICIAL: OfficialModels(official)})
    people = _people(settings, http, shared)
    pool, keeper = people.pool, people.keeper
    state = _state(settings, shared)
    house = _house(pool, models)
    callers = Callers(anyone=_anyone(settings, house))
    readiness = Readiness(_ready(pool, shared), time.monotonic)
    usage = UsageByKind({AccountKind.CODEX: BackendUsage(backend)})
    parts = Watched(pool, keeper, backend, official, http, models, state)
    lasting = Lasting(
        local_key=local_key,
        http=http,
        backend=backend,
        official=official,
        models=models,
        accounts=people.store,
        usage=usage,
        keeper=keeper,
        pool=pool,
        lookout=Lookout(pool, usage, now=time.time),
        sign_in=people.sign_in,
        shared=shared,
        state=state,
        background=Background(given_up_in(state.stores)),
        invitations=Invitations(time.time, desk.secret),
        reasoning=ReasoningMemory(),
        cache_meter=CacheMeter(),
        readiness=readiness,
        wrong_keys=WrongKeys(time.monotonic),
        house=house,
        callers=callers,
        keys=KeyRing(state.keys_if_any, callers, house),
        desk=desk,
        watching=watching(settings, place, parts),
        dashboard=Dashboard.of(local_key, callers),
        feed=Feed(state.ledger, _cards(pool)),
        started=time.time(),
    )
    lasting.take(settings)
    return lasting


@dataclass(frozen=True, slots=True)
class _People:
    """Who is signed in, and how somebody signs in."""

    store: AccountHome
    keeper: TokenKeeper
    pool: AccountPool
    sign_in: SignIn


def _people(settings: Settings, http: Http, shared: "SharedStore | None") -> _People:
    store = shared.accounts if shared else TokenFiles(settings.data_dir, glance=_GLANCE)
    oauth = _oauth(settings, http)
    others = {AccountKind.OFFICIAL: official_client(settings, http)}
    issuer = IssuerByKind({AccountKind.CODEX: oauth, **others})
    keeper = TokenKeeper(store, issuer, now=time.time)
    ports = settings.oauth.callback_ports
    return _People(
        store,
        keeper,
        AccountPool(store, keeper, now=time.time),
        SignIn(store, oauth, now=time.time, others=others, ports=ports),
    )


def _follow(settings: Settings, pool: AccountPool) -> None:
    accounts = settings.accounts
    pinned = accounts.pinned if accounts.strategy == "pinned" else None
    pool.follow(strategy_named(accounts.strategy, accounts.order), pinned)


def _let_in(settings: Settings, lasting: Lasting) -> None:
    """Open the door to the keys of the settings, beside those that were created."""
    house = lasting.house
    house.plan.reserve = settings.accounts.reserve_percent
    keys = [known_key(house, digest(lasting.local_key), Caller("owner", admin=True))]
    for number, key in enumerate(settings.server.api_keys, 1):
        secret = key.get_secret_value()
        caller = Caller(f"key-{number}", id=fingerprint(secret))
        keys.append(known_key(house, digest(secret), caller))
    lasting.callers.open_to(keys)


def _tell_bug(task: asyncio.Task[None]) -> None:
    """Nobody waits for a task in the background: what breaks it must not do so in silence."""
    if not task.cancelled() and task.exception() is not None:
        log.error("background.bug", exc_info=task.exception())


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _http(settings: Settings) -> Http:
    return Http(
        connect_timeout=settings.backend.connect_timeout_seconds, proxy=settings.backend.proxy
    )


def _backend(settings: Settings, http: Http) -> Backend:
    return Backend(
        http,
        url=settings.backend.url,
        originator=settings.backend.originator,
        client_version=settings.backend.client_version,
        response_timeout=settings.backend.timeout_seconds,
    )


def _oauth(settings: Settings, http: Http) -> OAuthClient:
    return OAuthClient(
        lambda: http.session,
        issuer=settings.oauth.issuer,
        client_id=settings.oauth.client_id,
        redirect_uri=settings.oauth.redirect_uri,
        originator=settings.backend.originator,
        now=time.time,
    )


def _shared(settings: Settings) -> "SharedStore | None":
    """The database of all replicas, if there is one."""
    if settings.store.url is None:
        return None
    from codex2api.store.shared import SharedStore  # noqa: PLC0415 (large; few have replicas)

    keys = [key.get_secret_value() for key in settings.store.secret_key]
    return SharedStore(settings.store.url, keys)


def _ready(pool: AccountPool, shared: "SharedStore | None") -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        return (shared is None or shared.takes_writes()) and await pool.can_serve()

    return is_ready


def _state(settings: Settings, shared: "SharedStore | None") -> State:
    return State(
        settings.database,
        _lifetime(settings),
        time.time,
        settings.ledger.retention_days,
        shared.database if shared else None,
    )


def _cards(pool: AccountPool) -> Callable[[], Awaitable[list[AccountCard]]]:
    async def now() -> list[AccountCard]:
        return cards(await pool.overview(), time.time())

    return now


def _lifetime(settings: Settings) -> int:
    return settings.store.responses_ttl_days * 86_400


def _house(pool: AccountPool, models: LiveModels) -> House:
    """What the meters of all keys share."""

    def windows(label: str) -> Sequence[Window]:
        return pool.limits(label).windows

    books = Books()
    return House(books, Plan(windows, books, time.time), models.slug, time.time)


def _anyone(settings: Settings, house: House) -> Caller | None:
    if settings.server.auth != "none":
        return None
    return known_key(house, b"", Caller("anyone")).caller
