"""Who may ask the backend: the bearer, and the account it was issued for."""

from aiohttp import web

from codex2api.simulator.backend.refusal import RefusalError, cloudflare
from codex2api.simulator.backend.switches import access_refusal
from codex2api.simulator.issuer.tokens import Access, TokenError
from codex2api.simulator.state import ADMITTED, STATE, SimulatorState

_EXPECTED_OF_STRANGERS = ("User-Agent", "originator", "ChatGPT-Account-ID")


def admit(request: web.Request) -> Access:
    """Whose request it is.

    Raises:
        RefusalError: The bearer is missing, bad, expired or invalidated, the account id is another
            one's, or a switch says so.
    """
    state = request.app[STATE]
    if mode := state.backend_switches.take():
        raise access_refusal(mode)
    _check_stranger(request, state)
    access = _read_bearer(request, state)
    # Without the header the token's own workspace is taken; another's is refused.
    named = request.headers.get("ChatGPT-Account-ID", access.account_id)
    if named != access.account_id:
        raise RefusalError(403, {"detail": {"code": "invalid_workspace_selected"}})
    request[ADMITTED] = access
    return access


def _check_stranger(request: web.Request, state: SimulatorState) -> None:
    if not state.options.block_strangers:
        return
    agent = request.headers.get("User-Agent", "").lower()
    library = agent.startswith(("python-", "httpx", "aiohttp", "python/"))
    if library or not all(name in request.headers for name in _EXPECTED_OF_STRANGERS):
        raise cloudflare()


def _read_bearer(request: web.Request, state: SimulatorState) -> Access:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise access_refusal("unauthorized")
    try:
        return state.tokens.access(token.strip())
    except TokenError as refused:
        raise access_refusal(str(refused)) from None
