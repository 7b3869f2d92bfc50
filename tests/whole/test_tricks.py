"""What callers with a key try: addresses to fetch, headers to inject, pages to write."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.served import Served
from tests.upstream.server import Scripted, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Scripted]:
    async with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as listening:
        yield listening


def addresses(canary: Scripted) -> list[str]:
    return [
        canary.url,
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "gopher://127.0.0.1:1/",
        "//127.0.0.1/x",
        "/etc/passwd",
    ]


def bodies(address: str) -> list[tuple[str, dict[str, Any]]]:
    picture = [{"type": "image_url", "image_url": {"url": address}}]
    items = [
        [{"type": "input_image", "image_url": address}],
        [{"type": "input_file", "file_url": address}],
    ]
    return [
        (CHAT, {"model": "gpt-5.5", "messages": [{"role": "user", "content": picture}]}),
        *(
            (RESPONSES, {"model": "gpt-5.5", "input": [{"role": "user", "content": parts}]})
            for parts in items
        ),
        (RESPONSES, {"model": "gpt-5.5", "input": "hi", "tools": [_remote(address)]}),
    ]


def _remote(address: str) -> dict[str, Any]:
    return {"type": "mcp", "server_label": "x", "server_url": address}


async def test_no_address_of_a_caller_is_fetched(
    client: httpx2.AsyncClient, canary: Scripted
) -> None:
    """Row 73: they go to the backend as they are, or nowhere."""
    for address in addresses(canary):
        for path, body in bodies(address):
            answer = await client.post(path, json=body)
            assert answer.status_code < 500
            assert "root:" not in answer.text
    assert canary.connections == 0


FOREIGN = {
    "cookie": "session=stolen",
    "x-forwarded-for": "10.1.2.3",
    "forwarded": "for=10.1.2.3",
    "chatgpt-account-id": "someone-else",
    "openai-organization": "org-x",
    "openai-project": "proj-x",
    "proxy-authorization": "Basic eDp4",
    "user-agent": "Evil/1.0",
    "x-api-key": "sk-another-key",
    "origin-trial": "trial-of-nobody",
}


@pytest.mark.parametrize("path", [CHAT, RESPONSES, "/backend-api/codex/responses"])
async def test_headers_of_a_caller_stay_here(
    client: httpx2.AsyncClient, product: Served, path: str
) -> None:
    """Row 74."""
    product.simulator.state.reset()
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}
    if path != CHAT:
        body = {"model": "gpt-5.5", "input": [{"role": "user", "content": "hi"}], "stream": True}
    await client.post(path, json=body, headers=FOREIGN)

    sent = product.simulator.requests("/responses", "POST")
    assert sent
    for request in sent:
        told = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        assert product.key not in told
        assert [each for each in FOREIGN.values() if each in told] == []


INJECTED = ["a\r\nx-injected: 1", "a\nx-injected: 1", "a\0b", "a\u2028b", "<script>", "a" * 5000]


@pytest.mark.parametrize("text", INJECTED)
async def test_no_field_becomes_a_header(
    client: httpx2.AsyncClient, product: Served, text: str
) -> None:
    """Row 75: neither of an answer nor of what goes upstream."""
    product.simulator.state.reset()
    said = [{"role": "user", "content": "hi"}]
    for more in (
        {"model": text},
        {"prompt_cache_key": text},
        {"reasoning_effort": text},
        {text: 1},
        {"metadata": {"a": text[:500]}, "user": text},
    ):
        answer = await client.post(CHAT, json={"model": "gpt-5.5", "messages": said} | more)
        assert answer.status_code < 500
        assert "x-injected" not in answer.headers
        assert answer.headers["content-type"] == "application/json", "no page, whatever is echoed"
    for request in product.simulator.requests("/responses"):
        assert "x-injected" not in {name.lower() for name in request.headers}


async def test_what_a_caller_uploads_is_never_a_page(
    client: httpx2.AsyncClient,
) -> None:
    """Row 101: a file's content comes back as bytes, and not as HTML of this origin."""
    for name, media in (("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a", "text/html")):
        form = {"purpose": (None, b"user_data"), "file": (name, b"<script>1</script>", media)}
        made = await client.post("/v1/files", files=form)
        assert made.status_code == 200
        content = await client.get(f"/v1/files/{made.json()['id']}/content")

        assert content.content == b"<script>1</script>"
        assert content.headers["content-type"] not in ("text/html", "image/svg+xml")
        assert content.headers.get("x-content-type-options") == "nosniff"
