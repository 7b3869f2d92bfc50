"""Routes that do not ask a model: every answer is of OpenAI's published schema."""

from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.conformance.checks import check_refusal, read_stream
from tests.conformance.published import check, check_answer
from tests.sdk.pictures import PNG, WAV
from tests.served import served


class Visit(NamedTuple):
    """One request of a journey.

    Attributes:
        path: As in OpenAI's description; its blanks are filled with what was kept before.
        keeps: The blank that the ``id`` of the answer fills from now on, or what is ``taken``.
        status: What is answered.
        params: The query.
        form: Fields of a form, instead of a body in JSON.
        files: Files of that form.
    """

    method: str
    path: str
    body: Any = None
    keeps: str = ""
    status: int = 200
    params: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    files: dict[str, Any] | None = None
    taken: Callable[[Any], str] = itemgetter("id")

    def request(self, blanks: dict[str, str]) -> dict[str, Any]:
        """It as arguments of httpx2."""
        return {
            "url": self.path.format_map(blanks),
            "json": self.body,
            "params": self.params,
            "data": self.form,
            "files": self.files,
        }


NOTES = {"file": ("notes.txt", b"some notes", "text/plain")}
PICTURE = {"image": ("square.png", PNG, "image/png")}
TALK = {"file": ("talk.wav", WAV, "audio/wav")}
TAG = {"a": "b"}
SAID = [{"type": "message", "role": "user", "content": "hello"}]
ASKED = {"model": "gpt-5.5", "input": "hello"}
SLOW = {"model": "gpt-5.5", "input": "SIM:n=1000:d=50 hello"}
CALLED = {
    "model": "gpt-5.5",
    "input": "SCENARIO:reasoning_tool go",
    "tools": [{"type": "function", "name": "add", "parameters": {"type": "object"}}],
    "store": True,
}
STORED = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]} | {
    "store": True,
    "metadata": TAG,
}

JOURNEYS: dict[str, tuple[Visit, ...]] = {
    "models": (
        Visit("get", "/models"),
        Visit("get", "/models/{model}"),
        Visit("get", "/models/gpt-unknown", status=404),
        Visit("delete", "/models/{model}", status=405),
    ),
    "files": (
        Visit("post", "/files", form={"purpose": "user_data"}, files=NOTES, keeps="file_id"),
        Visit("get", "/files"),
        Visit("get", "/files", params={"limit": 1, "order": "asc", "purpose": "user_data"}),
        Visit("get", "/files", params={"limit": 0}, status=400),
        Visit("get", "/files/{file_id}"),
        Visit("delete", "/files/{file_id}"),
        Visit("get", "/files/{file_id}", status=404),
        Visit("get", "/files/{file_id}/content", status=404),
        Visit("delete", "/files/{file_id}", status=404),
        Visit("post", "/files", form={"purpose": "user_data"}, status=415),
        Visit("post", "/files", files=NOTES, status=400),
    ),
    "responses": (
        Visit("post", "/responses", ASKED | {"store": True, "metadata": TAG}, "response_id"),
        Visit("get", "/responses/{response_id}"),
        Visit("get", "/responses/{response_id}/input_items"),
        Visit("get", "/responses/{response_id}/input_items", params={"limit": 1, "order": "asc"}),
        Visit("get", "/responses/{response_id}/input_items", params={"limit": 0}, status=400),
        Visit("post", "/responses", ASKED | {"previous_response_id": "resp_0"}, status=400),
        Visit("post", "/responses/{response_id}/cancel", status=400),
        Visit("delete", "/responses/{response_id}"),
        Visit("get", "/responses/{response_id}", status=404),
        Visit("get", "/responses/{response_id}/input_items", status=404),
        Visit("post", "/responses/{response_id}/cancel", status=404),
        Visit("delete", "/responses/{response_id}", status=404),
    ),
    "tools in responses": (
        Visit("post", "/responses", CALLED, "response_id"),
        Visit("get", "/responses/{response_id}"),
        Visit("get", "/responses/{response_id}/input_items"),
    ),
    "background": (
        Visit("post", "/responses", SLOW | {"background": True}, "response_id"),
        Visit("get", "/responses/{response_id}"),
        Visit("post", "/responses/{response_id}/cancel"),
        Visit("get", "/responses/{response_id}"),
        Visit("post", "/responses/{response_id}/cancel"),
    ),
    "compaction": (
        Visit("post", "/responses/compact", ASKED),
        Visit("post", "/responses/compact", {"model": "gpt-5.5", "input": 7}, status=400),
        Visit("post", "/responses/compact", {"input": "hello"}, status=400),
    ),
    "input tokens": (
        Visit("post", "/responses/input_tokens", ASKED | {"tools": CALLED["tools"]}),
        Visit("post", "/responses/input_tokens", {"input": 7}, status=400),
    ),
    "conversations": (
        Visit("post", "/conversations", {"metadata": TAG, "items": SAID}, "conversation_id"),
        Visit("post", "/conversations", {}),
        Visit("post", "/conversations", {"items": 7}, status=400),
        Visit("post", "/conversations", {"items": [{"type": ""}]}, status=400),
        Visit("post", "/conversations", {"items": [SAID[0] | {"id": 7}]}, status=400),
        Visit("get", "/conversations/{conversation_id}"),
        Visit("post", "/conversations/{conversation_id}", {"metadata": {"b": "c"}}),
        Visit("post", "/conversations/{conversation_id}", {"metadata": 7}, status=400),
        Visit(
            "post",
            "/conversations/{conversation_id}/items",
            {"items": SAID},
            "item_id",
            taken=lambda answer: str(answer["data"][0]["id"]),
        ),
        Visit("get", "/conversations/{conversation_id}/items", params={"limit": 1}),
        Visit("get", "/conversations/{conversation_id}/items/{item_id}"),
        Visit("delete", "/conversations/{conversation_id}/items/{item_id}"),
        Visit("get", "/conversations/{conversation_id}/items/{item_id}", status=404),
        Visit("get", "/conversations/{conversation_id}/items"),
        Visit("delete", "/conversations/{conversation_id}"),
        Visit("get", "/conversations/{conversation_id}", status=404),
        Visit("get", "/conversations/{conversation_id}/items", status=404),
        Visit("delete", "/conversations/{conversation_id}", status=404),
    ),
    "stored chats": (
        Visit("post", "/chat/completions", STORED, "completion_id"),
        Visit("get", "/chat/completions"),
        Visit("get", "/chat/completions", params={"limit": 1, "metadata[a]": "b"}),
        Visit("get", "/chat/completions/{completion_id}"),
        Visit("post", "/chat/completions/{completion_id}", {"metadata": {"b": "c"}}),
        Visit("post", "/chat/completions/{completion_id}", {}, status=400),
        Visit("get", "/chat/completions/{completion_id}/messages"),
        Visit("delete", "/chat/completions/{completion_id}"),
        Visit("get", "/chat/completions/{completion_id}", status=404),
        Visit("get", "/chat/completions/{completion_id}/messages", status=404),
    ),
    "images": (
        Visit("post", "/images/generations", {"prompt": "a square", "n": 2}),
        Visit("post", "/images/generations", {"prompt": "x", "response_format": "url"}),
        Visit("post", "/images/generations", {}, status=400),
        Visit("post", "/images/edits", form={"prompt": "rounder"}, files=PICTURE),
        Visit("post", "/images/edits", form={"prompt": "rounder"}, status=415),
    ),
    "transcriptions": (
        Visit("post", "/audio/transcriptions", form={"model": "gpt-4o-transcribe"}, files=TALK),
        Visit("post", "/audio/transcriptions", form={"model": "whisper-1"}, status=415),
    ),
}
"""Requests that build on each other; a new route is one line."""

BLANKS = {"model": "gpt-5.5-high"}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
async def test_a_journey(tmp_path: Path, journey: tuple[Visit, ...]) -> None:
    blanks = dict(BLANKS)
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        for visit in journey:
            answer = await client.request(visit.method, **visit.request(blanks))
            assert answer.status_code == visit.status, (visit, answer.text)
            if visit.status >= 400:
                check_refusal(answer)
                continue
            check_answer(answer.json(), visit.path, visit.method)
            if visit.keeps:
                blanks[visit.keeps] = visit.taken(answer.json())


async def test_a_stream_that_is_followed_once_more(tmp_path: Path) -> None:
    body = ASKED | {"background": True, "stream": True}
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        first = read_stream((await client.post("/responses", json=body)).text)
        path = f"/responses/{first[0]['response']['id']}"
        again = await client.get(path, params={"stream": "true"})
        rest = await client.get(path, params={"stream": "true", "starting_after": 2})

    for payload in first:
        check(payload, "ResponseStreamEvent")
    assert read_stream(again.text) == first
    assert read_stream(rest.text) == first[3:]
