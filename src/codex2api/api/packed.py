"""JSON for pages: lists of some kilobytes that compress well, and are read over slow lines, too."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

from codex2api.protocol.json import Json, encode

_WORTH_IT = 1024
"""Bytes; what is smaller fits into one packet anyway."""


def packed(request: Request, body: Json) -> Response:
    """A whole JSON answer, compressed for those who take it."""
    content = encode(body)
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if len(content) >= _WORTH_IT and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 5, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type="application/json", headers=headers)
