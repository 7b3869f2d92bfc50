"""The FastAPI application that serves every route but the hot ones."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Lifespan

from codex2api import __version__
from codex2api.api.errors import error_headers
from codex2api.api.exchange import exchange_of
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import encode

_KINDS = {404: Kind.NOT_FOUND, 405: Kind.METHOD_NOT_ALLOWED}
_BUG = "Something went wrong in this server; its log has the details under this request id."


def cold_app(routers: Iterable[APIRouter], lifespan: Lifespan[FastAPI]) -> FastAPI:
    """A FastAPI application that fails in OpenAI's shape.

    Args:
        routers: What it serves.
        lifespan: Opens and closes what the whole server needs.
    """
    app = FastAPI(
        title="codex2api",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            ApiError: _on_api_error,
            HTTPException: _on_http_error,
            RequestValidationError: _on_invalid,
            Exception: _on_bug,
        },
    )
    for router in routers:
        app.include_router(router)
    return app


async def _on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - for the type checker
    exchange_of(request.scope).error = error.code or error.kind.value
    return _answer(error)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    kind = _KINDS.get(error.status_code, Kind.BAD_REQUEST)
    path = request.scope["path"]
    texts = {
        Kind.NOT_FOUND: f"There is nothing at {path}.",
        Kind.METHOD_NOT_ALLOWED: f"{path} does not take {request.method}.",
    }
    return _answer(ApiError(kind, texts.get(kind, str(error.detail))), error.headers or {})


async def _on_invalid(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    first: Mapping[str, Any] = error.errors()[0]
    param = _param(first["loc"])
    return _answer(
        ApiError(Kind.BAD_REQUEST, f"Invalid value for '{param}': {first['msg']}.", param=param)
    )


async def _on_bug(request: Request, error: Exception) -> Response:  # noqa: ARG001
    # Starlette raises the exception again after this answer, and Front logs it.
    return _answer(ApiError(Kind.INTERNAL, _BUG))


def _answer(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(
        encode(openai_error(error)), error.status, headers, media_type="application/json"
    )
    response.raw_headers.extend(error_headers(error))
    return response


def _param(location: Iterable[str | int]) -> str | None:
    """``("body", "code", 0)`` as ``code[0]``."""
    text = ""
    for step in list(location)[1:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or None
