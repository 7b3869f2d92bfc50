"""Pages of listed origins can really use the server from a browser, and no other page can."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE, OTHER = "https://chat.example", "https://evil.example"
ASK: dict[str, Any] = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"
# What the JavaScript client of OpenAI's sends from a browser.
NAMES = "authorization,content-type,x-stainless-lang,x-stainless-retry-count"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    settings = {
        "server.allowedOrigins": [f"{PAGE.upper()}:443/"],
        "server.allowedHosts": ["my.lan"],
    }
    async with served(tmp_path_factory.mktemp("home"), **settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def browser(product: Served) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=product.url) as client:
        yield client


def of_page(origin: str = PAGE) -> dict[str, str]:
    return {"origin": origin, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}


def asking(origin: str, method: str = "POST", **more: str) -> dict[str, str]:
    wanted = {"access-control-request-method": method, "access-control-request-headers": NAMES}
    return of_page(origin) | wanted | more


def cors_of(answer: httpx2.Response) -> dict[str, str]:
    return {
        name.removeprefix("access-control-"): value
        for name, value in answer.headers.items()
        if name.startswith("access-control-")
    }


def readable(answer: httpx2.Response, origin: str = PAGE) -> bool:
    """Whether a browser lets a page of the origin read the answer."""
    return cors_of(answer).get("allow-origin") == origin


@pytest.mark.parametrize("path", [CHAT, "/v1/models", "/v1/files", "/nowhere", "/health"])
async def test_a_listed_page_is_told_beforehand_without_a_key(
    browser: httpx2.AsyncClient, path: str
) -> None:
    answer = await browser.options(path, headers=asking(PAGE))

    assert (answer.status_code, answer.content) == (204, b"")
    told = cors_of(answer)
    assert told.pop("expose-headers")
    assert told == {
        "allow-origin": PAGE,
        "allow-methods": "GET, HEAD, POST, DELETE",
        "allow-headers": NAMES,
        "max-age": "600",
    }
    vary = answer.headers.get_list("vary")
    assert sorted(vary) == ["Access-Control-Request-Headers", "Origin"]


async def test_the_private_network_is_open_to_a_listed_page_that_asks(
    browser: httpx2.AsyncClient,
) -> None:
    ask = {"access-control-request-private-network": "true"}
    listed = await browser.options(CHAT, headers=asking(PAGE, **ask))
    other = await browser.options(CHAT, headers=asking(OTHER, **ask))

    assert cors_of(listed)["allow-private-network"] == "true"
    assert cors_of(other) == {}


@pytest.mark.parametrize(
    "origin",
    [
        OTHER,
        "null",
        "*",
        "http://chat.example",
        f"{PAGE}:444",
        f"{PAGE}.evil.example",
        PAGE.upper(),
    ],
)
async def test_no_other_page_is_told_anything(browser: httpx2.AsyncClient, origin: str) -> None:
    before = await browser.options(CHAT, headers=asking(origin))
    then = await browser.post(CHAT, json=ASK, headers=of_page(origin))

    for answer in (before, then):
        assert answer.status_code == 403
        assert cors_of(answer) == {}
        assert answer.headers["vary"] == "Origin", "a cache keeps it for that page alone"


async def test_a_foreign_host_is_refused_beforehand_too(browser: httpx2.AsyncClient) -> None:
    rebound = await browser.options(CHAT, headers=asking(PAGE) | {"host": "evil.example"})
    named = await browser.options(CHAT, headers=asking(PAGE) | {"host": "my.lan"})

    assert (rebound.status_code, named.status_code) == (421, 204)


@pytest.mark.parametrize("names", ["x-a; b", "a" * 20_000 + " b", "x(y)", ""])
async def test_only_names_are_repeated(browser: httpx2.AsyncClient, names: str) -> None:
    ask = asking(PAGE) | {"access-control-request-headers": names}
    answer = await browser.options(CHAT, headers=ask)

    assert "allow-headers" not in cors_of(answer)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_listed_page_can_read_answers_and_their_headers(
    browser: httpx2.AsyncClient, product: Served, stream: bool
) -> None:
    answer = await browser.post(
        CHAT, json=ASK | {"stream": stream, "seed": 1}, headers=of_page() | product.bearer
    )

    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n") == stream
    assert readable(answer)
    exposed = cors_of(answer)["expose-headers"].split(", ")
    ours = {name for name in answer.headers if name.startswith(("x-codex2api-", "x-request-"))}
    assert ours >= {"x-codex2api-account", "x-codex2api-dropped", "x-request-id"}
    assert ours <= set(exposed)
    assert "allow-credentials" not in cors_of(answer)


async def test_a_listed_page_can_read_refusals(
    browser: httpx2.AsyncClient, product: Served
) -> None:
    bad = of_page() | product.bearer
    answers = [
        await browser.post(CHAT, json=ASK, headers=of_page()),
        await browser.post(CHAT, json={}, headers=bad),
        await browser.post(CHAT, content=b"x", headers=bad | {"content-type": "text/plain"}),
        await browser.get("/nowhere", headers=bad),
        await browser.get("/v1/embeddings", headers=bad),
        await browser.get("/v1/models", headers=bad),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 415, 404, 501, 200]
    assert all(map(readable, answers))


async def test_programs_get_nothing_but_the_word_for_caches(
    browser: httpx2.AsyncClient, product: Served
) -> None:
    answer = await browser.post(CHAT, json=ASK, headers=product.bearer)

    assert cors_of(answer) == {}
    assert answer.headers["vary"] == "Origin"


async def test_an_unlisted_server_says_nothing_about_origins(tmp_path: Any) -> None:
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.url) as browser,
    ):
        answers = [
            await browser.options(CHAT, headers=asking(PAGE)),
            await browser.post(CHAT, json=ASK, headers=of_page() | product.bearer),
            await browser.post(CHAT, json=ASK, headers=product.bearer),
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    for answer in answers:
        assert cors_of(answer) == {}
        assert "vary" not in answer.headers
