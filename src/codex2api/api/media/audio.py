"""``POST /v1/audio/transcriptions``."""

import secrets
from pathlib import PurePath

from fastapi import APIRouter, Request, Response

from codex2api.api.disconnect import CallerWatch
from codex2api.api.errand_options import ErrandOptions, body_kinds
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import fate_headers, forbid, is_strict, served_headers
from codex2api.api.gate import terms
from codex2api.api.media.multipart import read_form
from codex2api.dialects.base import parse_body
from codex2api.dialects.openai_form import form_fields
from codex2api.dialects.transcription import (
    SERVED,
    TRANSCRIPTION_PARAMETERS,
    TYPED,
    Transcribe,
    TranscriptionWish,
    read_transcript,
    to_transcribe,
)
from codex2api.errands import Errands
from codex2api.protocol.errand import Errand
from codex2api.protocol.form import encode_form
from codex2api.protocol.json import encode

_MEDIA = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".mpeg": "audio/mpeg",
    ".mpga": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
}
_UNKNOWN = "application/octet-stream"


def audio_router(errands: Errands[Errand], options: ErrandOptions) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/audio", tags=["Audio"])

    @router.post("/transcriptions", openapi_extra=body_kinds("multipart/form-data"))
    async def transcribe(request: Request) -> Response:
        """The text of a recording; the form's file is named ``file``."""
        exchange = exchange_of(request.scope)
        form = await read_form(exchange.asked, request.receive, options.max_body)
        fields = form_fields(form.texts, TYPED)
        uploads = {upload.name: True for upload in form.uploads}
        asked, raw = parse_body(encode(fields | uploads), Transcribe)
        exchange.asked_model = asked.model
        survey = TRANSCRIPTION_PARAMETERS.survey(raw)
        wish = to_transcribe(asked, form)
        forbid(survey.dropped + wish.replaced, is_strict(exchange.asked, options.strict))
        exchange.model = SERVED
        on = terms(exchange, SERVED)
        async with CallerWatch(request.receive):
            done = await errands.run(_errand(wish), account=on.account, permit=on.permit)
        exchange.account = done.account
        response = _response(wish, done.body)
        served = served_headers(done.account, SERVED, done.limits, options.now())
        response.raw_headers.extend(served + fate_headers(survey, wish.adjusted))
        return response

    return router


def _errand(wish: TranscriptionWish) -> Errand:
    recording = wish.recording
    media = _MEDIA.get(PurePath(recording.filename).suffix.lower(), _UNKNOWN)
    file = (recording.filename, media, recording.data)
    return Errand("/transcribe", *encode_form(wish.fields, file, secrets.token_hex(16)))


def _response(wish: TranscriptionWish, body: bytes) -> Response:
    transcript = read_transcript(body)
    if wish.as_text:
        return Response(f"{transcript.text}\n", media_type="text/plain")
    return Response(encode(transcript), media_type="application/json")
