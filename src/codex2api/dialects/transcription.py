"""``POST /v1/audio/transcriptions``: a recording in, its text out."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from codex2api.dialects.openai_form import Form, Upload
from codex2api.dialects.openai_refusals import missing
from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped, refused
from codex2api.errors import ApiError, Kind

SERVED = "gpt-4o-transcribe"
"""The name by which we call the backend's only transcriber, which has none of its own."""

_NAMES = re.compile(r"whisper-1|gpt-([a-z0-9.]+-)*transcribe(-\d{4}-\d\d-\d\d)?")
_UNTIMED = "The backend tells the text alone: no times, no probabilities, no speakers."
_NO_SPEAKERS = refused(_UNTIMED, [])

TYPED: AbstractSet[str] = frozenset({"stream", "temperature"})
"""Fields of the form that are no text."""

TRANSCRIPTION_PARAMETERS = ParameterTable(
    {
        "file": mapped(),
        "model": mapped(f"Every transcriber of OpenAI's is served by one; strict: only {SERVED}."),
        "prompt": mapped(),
        "language": mapped(),
        "response_format": emulated(
            "json and text; other forms need times, and are refused.", "json"
        ),
        "temperature": dropped("The backend offers no control over sampling.", 0),
        "chunking_strategy": dropped("The backend decides how it listens.", "auto"),
        "keywords": dropped("Put them into the prompt.", []),
        "languages": dropped("The backend takes one language.", []),
        "include": _NO_SPEAKERS,
        "timestamp_granularities": _NO_SPEAKERS,
        "known_speaker_names": _NO_SPEAKERS,
        "known_speaker_references": _NO_SPEAKERS,
        "stream": refused("The backend sends the text as one whole answer.", False),
    }
)


class Transcribe(msgspec.Struct):
    """What a caller may ask for; the recording itself is a file of the form."""

    model: str
    prompt: str = ""
    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"


class Transcript(msgspec.Struct):
    """The backend's answer, and ours."""

    text: str


@dataclass(frozen=True, slots=True)
class TranscriptionWish:
    """What a caller wants of the backend.

    Attributes:
        fields: Of the backend's form, beside the recording.
        adjusted: ``model:whisper-1->gpt-4o-transcribe``.
        replaced: Parameters whose value is not honoured as it was written.
    """

    recording: Upload
    fields: dict[str, str]
    as_text: bool
    adjusted: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def to_transcribe(request: Transcribe, form: Form) -> TranscriptionWish:
    """The wish in the backend's terms.

    Raises:
        ApiError: No recording, an unknown model, or a form of answer that cannot be had.
    """
    if _NAMES.fullmatch(request.model) is None:
        raise ApiError(
            Kind.MODEL_NOT_FOUND,
            f"The model '{request.model[:100]}' transcribes nothing here. {SERVED} does, also by "
            "the names whisper-1, gpt-transcribe and gpt-4o-mini-transcribe.",
            param="model",
        )
    if request.response_format not in ("json", "text"):
        raise ApiError(
            Kind.BAD_REQUEST,
            f"The response_format '{request.response_format}' is not supported: {_UNTIMED}",
            param="response_format",
            code="unsupported_value",
        )
    fields = {"prompt": request.prompt, "language": request.language or ""}
    moved = request.model != SERVED
    return TranscriptionWish(
        _recording(form),
        {name: value for name, value in fields.items() if value},
        request.response_format == "text",
        (f"model:{request.model}->{SERVED}",) if moved else (),
        ("model",) if moved else (),
    )


def read_transcript(body: bytes) -> Transcript:
    """The transcript in the backend's answer.

    Raises:
        ApiError: There is none.
    """
    try:
        return msgspec.json.decode(body, type=Transcript)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(
            Kind.UPSTREAM_UNAVAILABLE, "ChatGPT's answer holds no transcript."
        ) from error


def _recording(form: Form) -> Upload:
    match form.named("file"):
        case []:
            raise missing("file")
        case [Upload(data=data) as recording] if data:
            return recording
        case found:
            problem = "the file is empty" if len(found) == 1 else "expected one file"
            raise ApiError(
                Kind.BAD_REQUEST,
                f"Invalid value for 'file': {problem}.",
                param="file",
                code="invalid_value",
            )
