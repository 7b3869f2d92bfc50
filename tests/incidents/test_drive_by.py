"""Pages that reach for local ports.

"0.0.0.0 day": a page could reach 127.0.0.1 by another address, and a WebSocket asks nobody first.
Rows 84 and 93 to 95 of the reliability notes.
"""

import json
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = json.dumps({"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]})
ROUTES = ["/v1/chat/completions", "/v1/responses", "/auth/login", "/auth/logout", "/v1/files"]
SIMPLE = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
PAGES: list[dict[str, str]] = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:9999"},
    {"origin": "http://127.0.0.1"},
    {"origin": "file://"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("media", SIMPLE)
@pytest.mark.parametrize("path", ROUTES)
async def test_what_a_page_may_send_unasked_is_refused_even_with_a_key(
    stranger: httpx2.AsyncClient, product: Served, path: str, media: str
) -> None:
    product.simulator.state.reset()
    for headers in ({}, product.bearer):
        if headers and path == "/v1/files" and "multipart" in media:
            continue  # the header asks first: there, forms are the way
        answer = await stranger.post(path, content=ASK, headers={**headers, "content-type": media})
        assert answer.status_code in (400, 401, 415)
    assert product.simulator.requests("/responses", "POST") == []


@pytest.mark.parametrize("page", PAGES, ids=str)
async def test_no_other_page_gets_in_even_with_the_key(
    stranger: httpx2.AsyncClient, product: Served, page: dict[str, str]
) -> None:
    headers = {**page, **product.bearer, "content-type": "application/json"}
    for method, path in [("POST", "/v1/chat/completions"), ("GET", "/v1/models"), ("GET", "/")]:
        answer = await stranger.request(method, path, content=ASK, headers=headers)
        assert answer.status_code == 403
        told = [name for name in answer.headers if name.startswith("access-control")]
        assert told == []


@pytest.mark.parametrize("page", PAGES, ids=str)
async def test_nor_to_a_websocket(product: Served, page: dict[str, str]) -> None:
    url = product.url.replace("http", "ws") + "/v1/responses"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, additional_headers={**product.bearer, **page})
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("keys", [{}, {"authorization": "Bearer x"}, {"cookie": "key=x"}], ids=str)
async def test_a_websocket_needs_a_key(product: Served, keys: Any) -> None:
    url = product.url.replace("http", "ws") + "/v1/responses"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, additional_headers=keys)
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "*"])
async def test_a_page_that_asks_first_is_told_nothing(
    stranger: httpx2.AsyncClient, origin: str
) -> None:
    asks = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
        "access-control-request-private-network": "true",
    }
    answer = await stranger.options("/v1/chat/completions", headers=asks)

    assert answer.status_code == 403
    assert [name for name in answer.headers if name.startswith("access-control")] == []
