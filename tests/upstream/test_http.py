"""The session: whose cookies it keeps, how it names this machine."""

import asyncio
from http.cookies import SimpleCookie

import pytest
from yarl import URL

from codex2api.accounts.account import Credential
from codex2api.upstream.aiohttp_session import CloudflareCookies
from codex2api.upstream.cachekey import session_id
from codex2api.upstream.headers import identity, streaming, user_agent
from codex2api.upstream.http import Http, describe_platform
from codex2api.upstream.session import SessionTransport
from codex2api.upstream.wire.transport import WireTransport
from tests.upstream.server import EVENTS, Peer, scripted

CHATGPT = URL("https://chatgpt.com/backend-api")


def sent(jar: CloudflareCookies, url: URL = CHATGPT) -> dict[str, str]:
    return {name: morsel.value for name, morsel in jar.filter_cookies(url).items()}


COOKIES = ["__cf_bm=1; Path=/", "cf_clearance=2; Secure", "_cfuvid=3", "__cflb=4", "session=5"]
KEPT = {"__cf_bm": "1", "cf_clearance": "2", "_cfuvid": "3", "__cflb": "4"}
STRANGERS = ["evil.example", "notchatgpt.com", "chatgpt.com.evil.example"]


async def test_the_front_doors_cookies_are_kept_and_no_others() -> None:
    by_line, by_value = CloudflareCookies(), CloudflareCookies()
    by_line.update_cookies_from_headers(COOKIES, CHATGPT)
    by_value.update_cookies(SimpleCookie("; ".join(COOKIES)), CHATGPT)
    by_value.update_cookies([("other", "6")], CHATGPT)

    assert sent(by_line) == KEPT
    assert sent(by_value) == KEPT
    assert sent(by_line, URL("https://evil.example")) == {}


@pytest.mark.parametrize("host", STRANGERS)
async def test_cookies_of_other_hosts_are_not_kept(host: str) -> None:
    jar = CloudflareCookies()
    jar.update_cookies({"__cf_bm": "1"}, URL(f"https://{host}/"))
    jar.update_cookies_from_headers(COOKIES, URL(f"https://{host}/"))

    assert len(jar) == 0


async def test_a_session_is_built_once_and_again_after_it_was_closed() -> None:
    async with Http() as http:
        first = http.session
        assert http.session is first
    assert first.closed
    async with http:
        assert http.session is not first


async def test_we_speak_http_ourselves_unless_there_is_a_proxy() -> None:
    async with Http() as plain, Http(proxy="http://127.0.0.1:1") as proxied:
        assert isinstance(plain.transport, WireTransport)
        assert plain.transport is plain.transport
        assert isinstance(proxied.transport, SessionTransport)
        assert isinstance(Http(wire=False).transport, SessionTransport)


async def test_leaving_closes_what_is_under_way() -> None:
    left = asyncio.Event()

    async def holds(peer: Peer) -> None:
        await peer.send(EVENTS + b"\r\n")
        await peer.gone()
        left.set()

    async with scripted(holds) as server:
        async with Http() as http:
            await http.transport.request("GET", f"{server.url}/codex/responses", {})
        async with asyncio.timeout(5):
            await left.wait()


async def test_leaving_without_any_call() -> None:
    async with Http():
        pass


def test_names() -> None:
    assert user_agent("me", "1.2", "Linux 6; x86_64") == "me/1.2 (Linux 6; x86_64) unknown"
    assert ";" in describe_platform()


def test_optional_headers() -> None:
    assert "X-OpenAI-Fedramp" not in identity(Credential("t", "a"), "o", "v", "u")
    fedramp = identity(Credential("t", "a", fedramp=True), "o", "v", "u")
    assert fedramp["X-OpenAI-Fedramp"] == "true"
    assert streaming("k", lite=True)["x-openai-internal-codex-responses-lite"] == "true"


def test_a_cache_key_that_cannot_stand_in_a_header() -> None:
    assert session_id("abc-1") == "abc-1"
    hashed = session_id("a\r\nX-Evil: 1")
    assert hashed == session_id("a\r\nX-Evil: 1")
    assert "\n" not in hashed
    assert len(session_id("x" * 999)) == 36
