"""``/transcribe``: what a recording says, or would if anybody listened."""

from email.message import Message
from email.parser import BytesParser

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.refusal import detail
from codex2api.simulator.backend.whole import send_whole

_FIELDS = frozenset({"file", "prompt", "language"})


async def transcribe(request: web.Request) -> web.StreamResponse:
    """A transcript that tells what was heard of."""
    admit(request)
    parts = _parts(request.headers.get("Content-Type", ""), await request.read())
    unknown = sorted(set(parts) - _FIELDS)
    if unknown:
        raise detail(f"Unsupported parameter: {unknown[0]}")
    recording = parts.get("file")
    if recording is None or recording.get_filename() is None:
        raise detail("file is required", 422)
    size = len(_content(recording))
    if not size:
        raise detail("The recording is empty")
    kind = recording.get_content_type()
    said = f"This is a simulated transcript of {size} bytes of {kind}."
    if "language" in parts:
        said += f" Its language is {_content(parts['language']).decode()}."
    prompt = _content(parts["prompt"]).decode() if "prompt" in parts else ""
    return await send_whole(request, prompt, encode({"text": said}))


def _parts(content_type: str, body: bytes) -> dict[str, Message]:
    """The form's parts by name; whatever reads e-mail reads forms."""
    form = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not form.is_multipart():
        raise detail("The form cannot be read")
    parts = form.get_payload()
    return {
        str(part.get_param("name", "", "content-disposition")): part
        for part in (parts if isinstance(parts, list) else ())
        if isinstance(part, Message)
    }


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


routes = [web.post("/backend-api/transcribe", transcribe)]
