"""The live model list: asked for once, kept, refreshed, and never missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from codex2api.accounts.account import Credential
from codex2api.catalog.fallback import FALLBACK
from codex2api.errors import ApiError, Kind
from codex2api.upstream.backend import Backend
from codex2api.upstream.models import LiveModels
from codex2api.upstream.usage import fetch_usage
from tests.upstream import adapters
from tests.upstream.calls import CREDENTIAL
from tests.upstream.server import Peer, Script, Scripted, answer, scripted

pytestmark = pytest.mark.usefixtures("each_adapter")

OTHER = Credential("token-of-b", "acc-b")


def listing(*slugs: str, etag: str = 'W/"1"') -> bytes:
    body = msgspec.json.encode({"models": [{"slug": slug} for slug in slugs]})
    return answer(200, body, headers={"ETag": etag})


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def live(server: Scripted, clock: Clock | None = None) -> AsyncIterator[LiveModels]:
    async with adapters.http() as http:
        models = LiveModels(Backend(http, url=server.url), clock=clock or Clock())
        try:
            yield models
        finally:
            await models.close()


def slugs(catalog: object) -> list[str]:
    return [spec.slug for spec in catalog.specs]  # type: ignore[attr-defined]


async def settled(models: LiveModels, server: Scripted, heard: int) -> None:
    """Wait until the background refresh has been heard and read."""
    async with asyncio.timeout(10):
        while len(server.heard) < heard:  # noqa: ASYNC110  the server has no such event
            await asyncio.sleep(0.01)
        await asyncio.gather(*[shelf.fetch for shelf in models._shelves.values() if shelf.fetch])


async def test_many_askers_cause_one_question() -> None:
    async with scripted(b"", models=listing("a", "b")) as server, live(server) as models:
        catalogs = await asyncio.gather(*(models.catalog(CREDENTIAL) for _ in range(20)))

        assert {tuple(slugs(catalog)) for catalog in catalogs} == {("a", "b")}
        assert len(server.heard) == 1
        assert server.heard[0].path.endswith("/codex/models?client_version=0.160.0")
        assert server.heard[0].headers["chatgpt-account-id"] == "acc-a"
        assert models.known() is catalogs[0]


async def test_accounts_have_lists_of_their_own() -> None:
    async with scripted(b"", models=listing("a")) as server, live(server) as models:
        await models.catalog(CREDENTIAL)
        server.models = listing("b")

        assert slugs(await models.catalog(OTHER)) == ["b"]
        assert slugs(await models.catalog(CREDENTIAL)) == ["a"]
        assert slugs(await models.catalog(None)) == ["b"]


async def test_a_stale_list_serves_while_a_new_one_is_fetched() -> None:
    clock = Clock()
    async with scripted(b"", models=listing("a")) as server, live(server, clock) as models:
        await models.catalog(CREDENTIAL)
        server.models = listing("b")
        clock.time += 299
        assert slugs(await models.catalog(CREDENTIAL)) == ["a"]
        assert len(server.heard) == 1

        clock.time += 2
        assert slugs(await models.catalog(CREDENTIAL)) == ["a"]
        await settled(models, server, 2)
        assert slugs(await models.catalog(CREDENTIAL)) == ["b"]
        assert server.heard[1].headers["if-none-match"] == 'W/"1"'


async def test_not_modified_keeps_the_list() -> None:
    clock = Clock()
    async with scripted(b"", models=listing("a")) as server, live(server, clock) as models:
        first = await models.catalog(CREDENTIAL)
        server.models = b"HTTP/1.1 304 Not Modified\r\n\r\n"
        clock.time += 301
        await models.catalog(CREDENTIAL)
        await settled(models, server, 2)

        assert await models.catalog(CREDENTIAL) is first
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    "failure", [answer(500, b""), answer(200, b"<html>"), answer(200, b"{}"), answer(401, b"{}")]
)
async def test_a_failure_leaves_what_there_is(failure: bytes) -> None:
    clock = Clock()
    async with scripted(b"", models=failure) as server, live(server, clock) as models:
        assert await models.catalog(CREDENTIAL) is FALLBACK
        assert await models.catalog(CREDENTIAL) is FALLBACK
        assert len(server.heard) == 1

        clock.time += 31
        server.models = listing("a")
        assert await models.catalog(CREDENTIAL) is FALLBACK
        await settled(models, server, 2)
        assert slugs(await models.catalog(CREDENTIAL)) == ["a"]

        clock.time += 301
        server.models = failure
        await models.catalog(CREDENTIAL)
        await settled(models, server, 3)
        assert slugs(await models.catalog(CREDENTIAL)) == ["a"]


async def test_only_the_very_first_asking_waits() -> None:
    clock = Clock()
    async with scripted(b"", models=answer(500, b"")) as server, live(server, clock) as models:
        await models.catalog(CREDENTIAL)
        clock.time += 31
        server.models = b"HTTP/1.1 "  # and never the rest
        for _ in range(2):
            assert await models.catalog(CREDENTIAL) is FALLBACK

        assert [shelf.fetch.done() for shelf in models._shelves.values() if shelf.fetch] == [False]


async def test_nobody_signed_in() -> None:
    async with scripted(b"") as server, live(server) as models:
        assert await models.catalog(None) is FALLBACK
        assert models.known() is FALLBACK
        assert server.heard == []


async def test_a_new_mark_on_another_answer_starts_one_fetch() -> None:
    async with scripted(b"", models=listing("a")) as server, live(server) as models:
        models.notice(CREDENTIAL, 'W/"9"')  # nothing is known yet: nothing to refresh
        await models.catalog(CREDENTIAL)
        models.notice(CREDENTIAL, '"1"')
        models.notice(CREDENTIAL, None)
        assert len(server.heard) == 1

        server.models = listing("b", etag='W/"2"')
        for _ in range(3):
            models.notice(CREDENTIAL, 'W/"2"')
        await settled(models, server, 2)
        models.notice(CREDENTIAL, 'W/"2"')

        assert slugs(await models.catalog(CREDENTIAL)) == ["b"]
        assert len(server.heard) == 2


async def test_asking_outright_tells_the_failure() -> None:
    async with scripted(b"", models=answer(401, b"{}")) as server, live(server) as models:
        with pytest.raises(ApiError) as caught:
            await models.refreshed(CREDENTIAL)
        assert caught.value.kind is Kind.SIGN_IN_REQUIRED

        server.models = listing("a")
        assert slugs(await models.refreshed(CREDENTIAL)) == ["a"]


async def test_an_asker_who_leaves_does_not_stop_the_others() -> None:
    async with scripted(b"", models=listing("a")) as server, live(server) as models:
        leaver = asyncio.create_task(models.catalog(CREDENTIAL))
        stayer = asyncio.create_task(models.catalog(CREDENTIAL))
        await asyncio.sleep(0)
        leaver.cancel()

        assert slugs(await stayer) == ["a"]


USAGE = {
    "plan_type": "plus",
    "rate_limit": {
        "limit_reached": False,
        "primary_window": {"used_percent": 12, "limit_window_seconds": 18000},
    },
}


class TestUsage:
    async def asked(self, script: Script) -> object:
        async with scripted(script) as server, adapters.http() as http:
            limits = await fetch_usage(Backend(http, url=server.url), CREDENTIAL)
            assert server.heard[0].line.startswith("GET /backend-api/wham/usage ")
            return limits

    async def test_the_windows(self) -> None:
        limits = await self.asked(answer(200, msgspec.json.encode(USAGE)))

        assert limits.plan == "plus"  # type: ignore[attr-defined]
        assert [(window.name, window.used_percent) for window in limits.windows] == [("5h", 12)]  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        ("script", "kind"),
        [
            (answer(401, b"{}"), Kind.SIGN_IN_REQUIRED),
            (answer(200, b"<html>"), Kind.UPSTREAM_UNAVAILABLE),
            (answer(200, b"[]"), Kind.UPSTREAM_UNAVAILABLE),
        ],
    )
    async def test_failures(self, script: bytes, kind: Kind) -> None:
        with pytest.raises(ApiError) as caught:
            await self.asked(script)

        assert caught.value.kind is kind

    async def test_an_answer_that_breaks_off(self) -> None:
        async def breaks_off(peer: Peer) -> None:
            await peer.send(answer(200, b"{}", headers={"Content-Length": "99"}))

        with pytest.raises(ApiError) as caught:
            await self.asked(breaks_off)

        assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


async def test_a_name_is_the_model_of_any_list_before_it_is_an_effort() -> None:
    efforts = {"supported_reasoning_levels": [{"effort": "max"}, {"effort": "high"}]}
    one = msgspec.json.encode({"models": [{"slug": "big", **efforts}]})
    two = msgspec.json.encode({"models": [{"slug": "big-max", **efforts}]})
    async with scripted(b"", models=answer(200, one)) as server, live(server) as models:
        assert models.slug("gpt-5.5-high") == "gpt-5.5"
        await models.catalog(CREDENTIAL)
        assert (models.slug("big-max"), models.slug("big-high")) == ("big", "big")
        server.models = answer(200, two)
        await models.catalog(OTHER)
        assert (models.slug("big-max"), models.slug("big-high")) == ("big-max", "big")
        assert models.slug("nobody-knows-it") == "nobody-knows-it"


async def test_only_a_list_that_was_heard_offers_models() -> None:
    async with scripted(b"", models=listing("a")) as server, live(server) as models:
        assert not models.offers(FALLBACK.specs[0].slug)
        await models.catalog(CREDENTIAL)

        assert models.offers("a")
        assert not models.offers("b")
