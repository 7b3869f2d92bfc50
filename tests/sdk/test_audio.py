"""``client.audio`` of the official Python SDK against the product."""

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.conformance.published import check
from tests.sdk.pictures import WAV
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEARD = "This is a simulated transcript of 44 bytes of audio/wav."


async def test_a_recording_is_transcribed(client: AsyncOpenAI, product: Served) -> None:
    answer = await client.audio.transcriptions.create(
        file=("../../talk.wav", WAV), model="gpt-4o-transcribe", language="de", prompt="Grüße"
    )

    assert answer.text == f"{HEARD} Its language is de."
    body = product.simulator.requests("/transcribe")[0].body
    assert b'name="file"; filename="talk.wav"\r\nContent-Type: audio/wav\r\n' in body
    assert 'name="prompt"\r\n\r\nGrüße\r\n'.encode() in body


async def test_as_text(client: AsyncOpenAI) -> None:
    answer: Any = await client.audio.transcriptions.create(
        file=("talk.wav", WAV), model="gpt-4o-transcribe", response_format="text"
    )

    assert answer == f"{HEARD}\n"


async def test_what_is_not_heeded_is_named(client: AsyncOpenAI) -> None:
    raw = await client.audio.transcriptions.with_raw_response.create(
        file=("talk.wav", WAV), model="whisper-1", temperature=0.5, chunking_strategy="auto"
    )

    assert raw.headers["x-codex2api-adjusted"] == "model:whisper-1->gpt-4o-transcribe"
    assert raw.headers["x-codex2api-dropped"] == "temperature"
    assert raw.headers["x-codex2api-account"] == "default"
    check(json.loads(raw.http_response.content), "CreateTranscriptionResponseJson")


async def test_strict_mode_refuses_another_model(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.audio.transcriptions.create(
            file=("talk.wav", WAV),
            model="whisper-1",
            extra_headers={"x-codex2api-strict": "1"},
        )

    assert caught.value.param == "model"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"response_format": "srt"}, "response_format"),
        ({"response_format": "verbose_json"}, "response_format"),
        ({"response_format": "poem"}, "response_format"),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities"),
        ({"include": ["logprobs"]}, "include"),
        ({"stream": True}, "stream"),
        ({"language": "de\r\nx: y"}, "language"),
        ({"file": ("empty.wav", b"")}, "file"),
    ],
)
async def test_what_cannot_be_had_is_refused_by_name(
    client: AsyncOpenAI, product: Served, given: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.audio.transcriptions.create(
            **({"file": ("talk.wav", WAV), "model": "gpt-4o-transcribe"} | given)
        )

    assert caught.value.param == param
    assert product.simulator.requests("/transcribe") == []


@pytest.mark.parametrize(
    "model",
    ["gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15", "gpt-transcribe", "whisper-1"],
)
async def test_every_transcribers_name_is_served(client: AsyncOpenAI, model: str) -> None:
    answer = await client.audio.transcriptions.create(file=("talk.wav", WAV), model=model)

    assert answer.text == HEARD


@pytest.mark.parametrize("model", ["gpt-5.5", "gpt-4o-transcribe-diarize", "gpt--transcribe", ""])
async def test_an_unknown_model_is_not_found(client: AsyncOpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.audio.transcriptions.create(file=("talk.wav", WAV), model=model)

    assert caught.value.code == "model_not_found"


async def test_a_refused_token_is_renewed_once(client: AsyncOpenAI, product: Served) -> None:
    answer = await client.audio.transcriptions.create(
        file=("talk.wav", WAV),
        model="gpt-4o-transcribe",
        prompt="SCENARIO:unauthorized:times=1",
    )

    assert answer.text == HEARD
    assert len(product.simulator.requests("/transcribe")) == 2


async def test_translation_and_speech_say_why_not(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as translation:
        await client.post("/audio/translations", cast_to=object, body={}, files=[("file", WAV)])
    with pytest.raises(openai.InternalServerError) as speech:
        await client.audio.speech.create(input="hi", model="tts-1", voice="alloy")

    assert (translation.value.status_code, speech.value.status_code) == (501, 501)
    assert "translation" in translation.value.message
