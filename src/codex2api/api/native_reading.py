"""What Codex reads below ``/backend-api``; what it posts there is in ``native``."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from codex2api.api.errand_options import ErrandOptions
from codex2api.api.exchange import exchange_of
from codex2api.api.native import PREFIX, NativeEndpoint
from codex2api.passage import Passage


def native_router(passage: Passage, options: ErrandOptions) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["Codex"])

    @router.get("/codex/models")
    async def codex_models() -> Response:
        """The model list of an account, as Codex reads it."""
        return _Passing(NativeEndpoint("/codex/models", passage, options))

    @router.get("/wham/accounts/check")
    async def codex_accounts(request: Request) -> JSONResponse:
        """Where Codex sends its turns: here. Whose account serves is not for Codex to choose."""
        account = exchange_of(request.scope).asked.get("chatgpt-account-id", "codex2api")
        here = {
            "id": account,
            "workspace_backend_origin": f"{request.url.scheme}://{request.headers['host']}",
            "account_routing_override": "NO_CONSTRAINT",
        }
        return JSONResponse({"accounts": [here], "default_account_id": account})

    @router.get("/wham/usage")
    async def codex_usage() -> Response:
        """The limit windows of an account, as Codex reads them."""
        return _Passing(NativeEndpoint("/wham/usage", passage, options))

    return router


class _Passing(Response):
    """An answer that an endpoint gives."""

    def __init__(self, endpoint: NativeEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)
