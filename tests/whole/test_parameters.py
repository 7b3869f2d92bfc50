"""Every row of every table, proved on the real routes: named, refused, or served in silence."""

from typing import Any

import httpx2
import pytest

from codex2api.dialects.chat import CHAT
from codex2api.dialects.parameters import Fate
from tests.parameter_tables import TABLES

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "gpt-5.5"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FORMS = {
    "/v1/audio/transcriptions": {"file": ("talk.wav", b"RIFF....WAVE", "audio/wav")},
    "/v1/files": {"file": ("a.txt", b"a", "text/plain")},
}
"""Routes that take a form, with its files."""

BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]},
    "/v1/completions": {"model": MODEL, "prompt": "hi"},
    "/v1/responses": {"model": MODEL, "input": "hi"},
    "/v1/messages": {
        "model": MODEL,
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 500,
    },
    "/v1/messages/count_tokens": {
        "model": MODEL,
        "messages": [{"role": "user", "content": "hi"}],
    },
    "/v1/responses/compact": {"model": MODEL, "input": "hi"},
    "/v1/responses/input_tokens": {"model": MODEL, "input": "hi"},
    "/v1/images/generations": {"prompt": "a fox"},
    "/v1/images/edits": {"prompt": "by night", "images": [{"image_url": PIXEL}]},
    "/v1/audio/transcriptions": {"model": "gpt-4o-transcribe"},
    "/v1/files": {"purpose": "user_data"},
}
ALWAYS = {"/v1/messages": ["max_tokens"]}
"""Parameters that a route demands, and emulates."""

STRICT = {"x-codex2api-strict": "1"}

SAMPLES: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "background": True,
    "best_of": 2,
    "billing_policy": {"type": "x"},
    "chunking_strategy": "server_vad",
    "compaction": {"type": "auto"},
    "container": "container_1",
    "context_management": [{"type": "compaction"}],
    "conversation": "conv_1",
    "diagnostics": {"previous_message_id": None},
    "echo": True,
    "expires_after": {"anchor": "created_at", "seconds": 3600},
    "fallback_credit_token": "f",
    "fallbacks": [{"model": "gpt-5.4"}],
    "frequency_penalty": 0.5,
    "include": ["logprobs"],
    "inference_geo": "us",
    "input_fidelity": "low",
    "keywords": ["fox"],
    "known_speaker_names": ["A"],
    "known_speaker_references": ["data:audio/wav;base64,UklGRg=="],
    "languages": ["de"],
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "mask": {"image_url": PIXEL},
    "max_completion_tokens": 50,
    "max_output_tokens": 50,
    "max_tokens": 50,
    "max_tool_calls": 2,
    "mcp_servers": [{"type": "url", "url": "https://example.com", "name": "m"}],
    "metadata": {"a": "b"},
    "modalities": ["text", "audio"],
    "moderation": {"model": "omni-moderation-latest"},
    "n": 2,
    "output_compression": 50,
    "output_format": "webp",
    "partial_images": 1,
    "personality": "friendly",
    "prediction": {"type": "content", "content": "x"},
    "presence_penalty": 0.5,
    "previous_response_id": "resp_1",
    "prompt": {"id": "pmpt_1"},
    "prompt_cache_options": {"mode": "explicit"},
    "prompt_cache_retention": "24h",
    "response_format": "url",
    "safety_identifier": "s",
    "seed": 1,
    "stop": ["\n"],
    "stop_sequences": ["\n"],
    "store": True,
    "stream": False,
    "stream_options": {"include_usage": True},
    "style": "vivid",
    "suffix": "!",
    "temperature": 0.2,
    "thread": {"id": "t"},
    "timestamp_granularities": ["word"],
    "top_k": 3,
    "top_logprobs": 3,
    "top_p": 0.5,
    "truncation": "auto",
    "user": "u",
}
"""A value that asks for something, for every parameter that is not simply mapped."""

SAMPLES_OF: dict[str, dict[str, Any]] = {
    "/v1/completions": {"logprobs": 2},
    "/v1/responses": {"stream_options": {"include_obfuscation": True}},
    "/v1/images/generations": {"moderation": "low", "stream": True},
    "/v1/images/edits": {"moderation": "low", "stream": True},
    "/v1/audio/transcriptions": {"response_format": "text", "stream": True},
}
"""Where a route has its own idea of a parameter."""


ADJUSTED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"reasoning_effort": "minimal"},
    "/v1/completions": {"model": "gpt-5.5-minimal"},
    "/v1/messages": {"model": "gpt-5.5-minimal"},
    "/v1/responses": {"reasoning": {"effort": "minimal"}},
}
"""Wishes that the model takes in another form only, by streaming route."""


def rows(fate: Fate) -> list[Any]:
    return [
        pytest.param(path, name, id=f"{path}-{name}")
        for path, table in TABLES.items()
        for name, row in table.rows.items()
        if row.fate is fate
    ]


def asking(path: str, name: str) -> dict[str, Any]:
    return BODIES[path] | {name: SAMPLES_OF.get(path, {}).get(name, SAMPLES.get(name))}


async def ask(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], headers: dict[str, str]
) -> httpx2.Response:
    if path in FORMS:
        return await client.post(path, data=form_of(body), files=FORMS[path], headers=headers)
    return await client.post(path, json=body, headers=headers)


def form_of(body: dict[str, Any]) -> dict[str, Any]:
    """The body as a form has it: arrays and objects by name, and no nothing."""
    form: dict[str, Any] = {}
    for name, value in body.items():
        match value:
            case None:
                pass
            case list():
                form[f"{name}[]"] = value
            case dict():
                form |= {f"{name}[{key}]": inner for key, inner in value.items()}
            case _:
                form[name] = value
    return form


def named(answer: httpx2.Response, header: str) -> list[str]:
    return [name for name in answer.headers.get(header, "").split(", ") if name]


def emulated(answer: httpx2.Response, path: str) -> list[str]:
    """What is named as emulated besides what always is."""
    names = named(answer, "x-codex2api-emulated")
    return [name for name in names if name not in ALWAYS.get(path, ())]


def refusal_of(answer: httpx2.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    if "details" in error:  # as Anthropic has it
        return answer.status_code, error["details"]["error_code"], error["details"]["param"]
    return answer.status_code, error["code"], error["param"]


@pytest.mark.parametrize(("path", "name"), rows(Fate.DROPPED))
async def test_what_is_dropped_is_named(client: httpx2.AsyncClient, path: str, name: str) -> None:
    answer = await ask(client, path, asking(path, name), {})

    assert answer.status_code == 200, answer.text
    assert named(answer, "x-codex2api-dropped") == [name]
    assert emulated(answer, path) == []


@pytest.mark.parametrize(("path", "name"), rows(Fate.DROPPED))
async def test_strict_mode_refuses_what_is_dropped(
    client: httpx2.AsyncClient, path: str, name: str
) -> None:
    answer = await ask(client, path, asking(path, name), STRICT)

    assert refusal_of(answer) == (400, "unsupported_parameter", name)


async def stored_things(client: httpx2.AsyncClient, name: str) -> dict[str, str]:
    """Parameters that name something stored, with a name of something that is."""
    makers = {
        "previous_response_id": ("/v1/responses", BODIES["/v1/responses"]),
        "conversation": ("/v1/conversations", {}),
    }
    if name not in makers:
        return {}
    path, body = makers[name]
    return {name: (await client.post(path, json=body)).json()["id"]}


CHAT_NEEDS = {"metadata": {"store": True}}
"""What else has to be asked for, for a parameter to mean something."""


@pytest.mark.parametrize(("path", "name"), rows(Fate.EMULATED))
@pytest.mark.parametrize("headers", [{}, STRICT], ids=["", "strict"])
async def test_what_is_emulated_is_named_and_served(
    client: httpx2.AsyncClient, path: str, name: str, headers: dict[str, str]
) -> None:
    body = asking(path, name) | await stored_things(client, name)
    needed = CHAT_NEEDS.get(name, {}) if path == CHAT.path else {}
    answer = await ask(client, path, body | needed, headers)

    assert answer.status_code == 200, answer.text
    also = [other for other in ALWAYS.get(path, ()) if other != name]
    assert sorted(named(answer, "x-codex2api-emulated")) == sorted([name, *needed, *also])
    assert named(answer, "x-codex2api-dropped") == []


@pytest.mark.parametrize(("path", "name"), rows(Fate.REFUSED))
async def test_what_is_refused_is_refused(client: httpx2.AsyncClient, path: str, name: str) -> None:
    answer = await ask(client, path, asking(path, name), {})

    assert refusal_of(answer) == (400, "unsupported_parameter", name)


@pytest.mark.parametrize("path", BODIES)
async def test_what_nobody_knows_is_named_and_refused_likewise(
    client: httpx2.AsyncClient, path: str
) -> None:
    body = BODIES[path] | {"unheard_of": 1}

    assert named(await ask(client, path, body, {}), "x-codex2api-dropped") == ["unheard_of"]
    refused = await ask(client, path, body, STRICT)
    assert refusal_of(refused) == (400, "unsupported_parameter", "unheard_of")


@pytest.mark.parametrize(
    ("path", "stream"), [(path, False) for path in BODIES] + [(path, True) for path in ADJUSTED]
)
async def test_what_asks_for_nothing_is_served_in_silence(
    client: httpx2.AsyncClient, path: str, stream: bool
) -> None:
    rows = TABLES[path].rows.items()
    harmless = {name: row.harmless[-1] for name, row in rows if row.harmless}
    streaming = {"stream": True} if stream else {"stream": None}
    answer = await ask(client, path, BODIES[path] | harmless | streaming, STRICT)

    assert answer.status_code == 200, answer.text
    assert named(answer, "x-codex2api-dropped") == []
    assert emulated(answer, path) == []


async def test_a_list_that_is_cut_says_so(client: httpx2.AsyncClient) -> None:
    unknown = {f"unheard_of_{number}": 1 for number in range(40)}
    answer = await client.post("/v1/responses", json=BODIES["/v1/responses"] | unknown)

    assert named(answer, "x-codex2api-dropped") == [*list(unknown)[:32], "..."]


@pytest.mark.parametrize("path", ADJUSTED)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_what_is_adjusted_is_named(
    client: httpx2.AsyncClient, path: str, stream: bool
) -> None:
    body = BODIES[path] | {"stream": stream} | ADJUSTED[path]
    answer = await ask(client, path, body, STRICT)

    assert answer.status_code == 200, answer.text
    assert "effort:minimal->low" in named(answer, "x-codex2api-adjusted")
