"""How the issuer reads requests and writes errors."""

from typing import Any

from aiohttp import web

from codex2api.protocol.json import decode, encode


async def read_fields(request: web.Request) -> dict[str, Any]:
    """The fields of a form or of a JSON object; anything else has none."""
    if request.content_type == "application/x-www-form-urlencoded":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        value = decode(await request.read())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def reply(value: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=encode(value), status=status, content_type="application/json")


def refuse(status: int, code: str, message: str) -> web.Response:
    """An error in the object form that the real token endpoint uses."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return reply({"error": error}, status)
