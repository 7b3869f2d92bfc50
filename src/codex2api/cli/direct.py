"""The backend without a server, for commands that ask it themselves."""

from typing import TYPE_CHECKING

from codex2api.cli.signing import signing_desk
from codex2api.cli.terminal import Exit
from codex2api.errors import ApiError, Kind

if TYPE_CHECKING:
    from codex2api.catalog.models import Catalog
    from codex2api.settings import Settings

_EXITS = {
    Kind.NO_ACCOUNT: Exit.SIGN_IN,
    Kind.SIGN_IN_REQUIRED: Exit.SIGN_IN,
    Kind.CONSENT_REQUIRED: Exit.SIGN_IN,
    Kind.LIMIT_REACHED: Exit.LIMIT,
    Kind.UPSTREAM_UNAVAILABLE: Exit.UNREACHABLE,
    Kind.UPSTREAM_BLOCKED: Exit.UNREACHABLE,
    Kind.UPSTREAM_TIMEOUT: Exit.UNREACHABLE,
    Kind.OVERLOADED: Exit.UNREACHABLE,
    Kind.STORAGE_UNAVAILABLE: Exit.UNREACHABLE,
}


def exit_code(error: ApiError) -> Exit:
    """How a command ends that failed like this."""
    return _EXITS.get(error.kind, Exit.FAILED)


async def live_catalog(settings: "Settings") -> "Catalog | None":
    """What the signed-in accounts can use, asked now; ``None`` if nobody is signed in.

    Raises:
        ApiError: An account could not be asked.
    """
    from codex2api.catalog.models import union

    async with signing_desk(settings) as desk:
        accounts = await desk.store.accounts()
        found = [await desk.models.refreshed(await desk.keeper.fresh(who)) for who in accounts]
    return union(found) if found else None
