"""The FastAPI application that serves every route but the hot ones."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from codex2api import __version__
from codex2api.api.disconnect import CALLER_LEFT, CallerLeftError
from codex2api.api.errors import BUG, error_headers, too_deep
from codex2api.api.exchange import exchange_of
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import encode

_KINDS = {404: Kind.NOT_FOUND, 405: Kind.METHOD_NOT_ALLOWED}


def cold_app(routers: Iterable[APIRouter]) -> FastAPI:
    """A FastAPI application that fails in the shape of the API that was called.

    Args:
        routers: What it serves.
    """
    app = FastAPI(
        title="codex2api",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        # A redirect is no answer that an API client can read, and would be built from the Host.
        redirect_slashes=False,
    )

    @app.exception_handler(ApiError)
    async def on_api_error(request: Request, error: ApiError) -> Response:
        return _answer(request, error)

    @app.exception_handler(CallerLeftError)
    async def on_caller_left(request: Request, _: CallerLeftError) -> Response:
        exchange_of(request.scope).error = "caller_left"
        return Response(status_code=CALLER_LEFT)  # for the log; nobody hears it

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        return _answer(request, _routing_error(request, error), error.headers or {})

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, _invalid(error))

    @app.exception_handler(RecursionError)
    async def on_too_deep(request: Request, _: RecursionError) -> Response:
        return _answer(request, too_deep())

    @app.exception_handler(Exception)
    async def on_bug(request: Request, _error: Exception) -> Response:
        # Starlette raises the exception again after this answer, and Front logs it.
        return _answer(request, ApiError(Kind.INTERNAL, BUG))

    for router in routers:
        app.include_router(router)
    return app


def _routing_error(request: Request, error: HTTPException) -> ApiError:
    kind = _KINDS.get(error.status_code, Kind.BAD_REQUEST)
    path = request.scope["path"]
    texts = {
        Kind.NOT_FOUND: _nothing_at(path),
        Kind.METHOD_NOT_ALLOWED: f"{path} does not take {request.method}.",
    }
    return ApiError(kind, texts.get(kind, str(error.detail)))


def _nothing_at(path: str) -> str:
    """What is wrong; a base URL without ``/v1``, or with two, is the commonest reason."""
    text = f"There is nothing at {path}."
    if path.startswith("/v1/") and not path.startswith("/v1/v1/"):
        return text
    return (
        f"{text} The base URL of an Anthropic client is the address of this server; that of an "
        "OpenAI client is the same and one /v1."
    )


def _invalid(error: RequestValidationError) -> ApiError:
    first: Mapping[str, Any] = error.errors()[0]
    param = _param(first["loc"])
    text = f"Invalid value for '{param}': {first['msg']}."
    return ApiError(Kind.BAD_REQUEST, text, param=param)


def _answer(
    request: Request, error: ApiError, headers: Mapping[str, str] | None = None
) -> Response:
    exchange = exchange_of(request.scope)
    exchange.error = error.code or error.kind.value
    body = encode(exchange.manners.error(error, exchange.request_id))
    status = exchange.manners.status(error)
    response = Response(body, status, headers, media_type="application/json")
    response.raw_headers.extend(error_headers(error))
    return response


def _param(location: Iterable[str | int]) -> str | None:
    """``("body", "code", 0)`` as ``code[0]``."""
    text = ""
    for step in list(location)[1:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or None
