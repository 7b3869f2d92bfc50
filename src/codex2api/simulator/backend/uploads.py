"""``/files``: an upload in three steps (protocol sheet, section 7)."""

import mimetypes

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.bodies import parse_object, read_body
from codex2api.simulator.backend.refusal import RefusalError, detail
from codex2api.simulator.state import STATE, SimulatedUpload

_LARGEST = 512 * 1024 * 1024
_WAITS = 1
"""How often the last step answers ``retry`` before it has the file."""


async def begin(request: web.Request) -> web.Response:
    """Step one: a name and a size for a place to put the content."""
    access = admit(request)
    body = parse_object(await read_body(request))
    name, size = body.get("file_name"), body.get("file_size")
    if not isinstance(name, str) or not name or body.get("use_case") != "codex":
        raise detail("file_name and the use_case codex are required", 422)
    if not isinstance(size, int) or not 0 < size <= _LARGEST:
        raise detail("file_size is out of range", 422)
    state = request.app[STATE]
    upload = SimulatedUpload(f"file_{state.next_id()}", access.account_id, name, size)
    state.uploads[upload.id] = upload
    return _answer({"file_id": upload.id, "upload_url": _place(request, upload)})


async def put(request: web.Request) -> web.Response:
    """Step two: the content, without a bearer: the address is the secret."""
    upload = _named(request)
    if request.headers.get("x-ms-blob-type") != "BlockBlob":
        raise detail("x-ms-blob-type must be BlockBlob")
    content = await request.read()
    if len(content) != upload.size:
        raise detail(f"{upload.size} bytes were announced")
    upload.content = content
    return web.Response(status=201)


async def finish(request: web.Request) -> web.Response:
    """Step three, repeated until it no longer says ``retry``."""
    access = admit(request)
    upload = _named(request)
    if upload.account_id != access.account_id:
        raise RefusalError(404, {"detail": "File not found"})
    if upload.content is None:
        return _answer({"status": "error", "error_message": "Nothing was uploaded."})
    upload.asked += 1
    if upload.asked <= _WAITS:
        return _answer({"status": "retry"})
    return _answer(
        {
            "status": "success",
            "download_url": _place(request, upload),
            "file_name": upload.name,
            "mime_type": mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
            "file_size_bytes": upload.size,
        }
    )


async def get(request: web.Request) -> web.Response:
    """The content."""
    return web.Response(body=_named(request).content or b"")


def _named(request: web.Request) -> SimulatedUpload:
    upload = request.app[STATE].uploads.get(request.match_info["id"])
    if upload is None:
        raise RefusalError(404, {"detail": "File not found"})
    return upload


def _place(request: web.Request, upload: SimulatedUpload) -> str:
    return f"{request.scheme}://{request.host}/uploads/{upload.id}"


def _answer(body: object) -> web.Response:
    return web.Response(body=encode(body), content_type="application/json")


routes = [
    web.post("/backend-api/files", begin),
    web.put("/uploads/{id}", put),
    web.get("/uploads/{id}", get),
    web.post("/backend-api/files/{id}/uploaded", finish),
]
