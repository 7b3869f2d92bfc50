"""What a backend, or somebody in front of it, must not be able to pass on to callers."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.served import served
from tests.upstream.server import EVENTS, LAST_CHUNK, answer, chunk, scripted, sse, stream

HI = [{"role": "user", "content": "hi"}]
ROUTES: dict[str, Any] = {
    "/v1/chat/completions": {"model": "gpt-5.5", "messages": HI},
    "/v1/completions": {"model": "gpt-5.5", "prompt": "hi"},
    "/v1/messages": {"model": "gpt-5.5", "max_tokens": 9, "messages": HI},
    "/v1/responses": {"model": "gpt-5.5", "input": "hi", "stream": True},
    "/v1/responses/compact": {"model": "gpt-5.5", "input": HI},
    "/v1/images/generations": {"model": "gpt-image-1", "prompt": "hi"},
    "/backend-api/codex/responses": {"model": "gpt-5.5", "input": [], "stream": True},
    "/backend-api/wham/usage": None,
}
SHOWN = ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.sig", "rt_abcdefghijk", "sk-abcdefghijkl"]
QUOTE = "token {token} of {account} for me@mail.example, " + " ".join(SHOWN)


async def ask_all(home: Path, script: Any) -> list[tuple[str, httpx2.Response]]:
    async with (
        scripted(script) as backend,
        served(home, **{"backend.url": backend.url}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer, timeout=60) as client,
    ):
        return [
            (path, await (client.get(path) if body is None else client.post(path, json=body)))
            for path, body in ROUTES.items()
        ]


def failed(said: dict[str, Any]) -> bytes:
    return stream(sse({"type": "response.failed", "response": {"id": "r", "error": said}}))


FORMS: dict[str, Callable[[str], bytes]] = {
    "error": lambda text: answer(
        400, _json(error=dict.fromkeys(("message", "param", "code"), text))
    ),
    "detail": lambda text: answer(422, _json(detail=text)),
    "list": lambda text: answer(422, _json(detail=[{"msg": text, "loc": [text]}])),
    "500": lambda text: answer(500, _json(error={"message": text, "trace": text})),
    "401": lambda text: answer(401, _json(detail=text)),
    "429": lambda text: answer(429, _json(error={"type": text, "message": text})),
    "text": lambda text: answer(400, text.encode(), "text/plain"),
    "page": lambda text: answer(403, f"<html><script>{text}</script>".encode(), "text/html"),
    "page, accepted": lambda text: answer(200, f"<html>{text}</html>".encode(), "text/html"),
    "event": lambda text: failed({"code": "x", "message": text}),
}


def _json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("form", FORMS)
async def test_nothing_secret_that_the_backend_quotes_reaches_a_caller(
    tmp_path: Path, form: str
) -> None:
    """Rows 13, 35 and 38: known fields, and nothing of ours in them."""

    async def quoting(peer: Any) -> None:
        tokens = json.loads((tmp_path / "data" / "tokens.json").read_text())
        text = QUOTE.format(token=f"Bearer {tokens['access_token']}", account=tokens["account_id"])
        await peer.send(FORMS[form](text))

    for path, said in await ask_all(tmp_path, quoting):
        tokens = json.loads((tmp_path / "data" / "tokens.json").read_text())
        assert said.status_code >= 400 or form == "event", path
        assert tokens["access_token"] not in said.text, path
        assert "<" not in said.text, path
        if not (
            form == "event" and path.startswith("/backend-api/")
        ):  # word for word, but for ours
            found = [each for each in (*SHOWN, tokens["account_id"], "@") if each in said.text]
            assert found == [], path


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    """Row 37: neither the token nor the prompt goes anywhere else."""
    async with scripted(b"") as canary:
        moved = answer(status, b"<html>", "text/html", {"Location": f"{canary.url}/x"})
        answers = await ask_all(tmp_path, moved)

    assert {said.status_code for _, said in answers} == {502}
    assert canary.connections == 0


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_compressed_answer_is_never_inflated(tmp_path: Path, status: int) -> None:
    """Row 40: nobody asked for it, and it may be a bomb."""
    packed = gzip.compress(bytes(50_000_000))
    head = EVENTS.replace(b"200 OK", b"%d X" % status) + b"Content-Encoding: gzip\r\n\r\n"
    answers = await ask_all(tmp_path, head + chunk(packed) + LAST_CHUNK)

    for path, said in answers:
        assert said.status_code in (400, 502), path
        assert len(said.content) < 1000


async def test_headers_of_the_backend_stay_here(tmp_path: Path) -> None:
    """Row 39."""
    done = {"type": "response.completed", "response": {"id": "r", "status": "completed"}}
    own = b"Set-Cookie: __cf_bm=1\r\nX-Internal: 1\r\nServer: x\r\nCF-Ray: 1\r\nVia: x\r\n"
    for path, said in await ask_all(tmp_path, stream(sse(done), own)):
        theirs = {"set-cookie", "x-internal", "server", "cf-ray", "via"}
        assert theirs & set(said.headers) == set(), path
