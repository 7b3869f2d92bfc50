"""Where one-time links lead (``invitation``): to the sign-in, once."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from codex2api.api.invitation import PREFIX, Invitations


def invitation_router(invitations: Invitations, start: Callable[[], Awaitable[str]]) -> APIRouter:
    """The route that the links lead to.

    Args:
        invitations: Which links are good.
        start: Begins a browser sign-in and gives its address.
    """
    router = APIRouter(tags=["auth"])

    @router.get(PREFIX + "{ticket}", include_in_schema=False)
    async def follow(ticket: str) -> RedirectResponse:
        invitations.redeem(ticket)
        return RedirectResponse(
            await start(),
            status_code=303,
            headers={"cache-control": "no-store", "referrer-policy": "no-referrer"},
        )

    return router
