"""How the backend says no before a stream begins (protocol sheet, sections 2.3 and 4.1)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode


class RefusalError(Exception):
    """An HTTP answer other than 200."""

    def __init__(
        self,
        status: int,
        body: Any,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body if isinstance(body, bytes) else encode(body)
        self.headers = headers or {}
        self.content_type = content_type

    def response(self) -> web.Response:
        """The refusal as it is sent."""
        return web.Response(
            status=self.status,
            body=self.body,
            headers=self.headers,
            content_type=self.content_type,
        )


def detail(text: str, status: int = 400) -> RefusalError:
    """The short form: ``{"detail": text}``."""
    return RefusalError(status, {"detail": text})


def envelope(
    message: str, param: str | None = None, code: str | None = None, status: int = 400
) -> RefusalError:
    """The form of the public API: ``{"error": {...}}``."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return RefusalError(status, {"error": error})


def cloudflare() -> RefusalError:
    """The page that stands for a blocked client, not for a bad sign-in."""
    page = (
        b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
        b"<h1>Attention Required! | Cloudflare</h1><p>You have been blocked. (simulated)</p>"
        b"</body></html>"
    )
    headers = {"cf-mitigated": "challenge", "server": "cloudflare", "cf-ray": "simulated-SIM"}
    return RefusalError(403, page, headers, "text/html")
