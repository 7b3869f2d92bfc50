"""``/admin/api/server/doctor``: what ``codex2api doctor`` finds, from within the server."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Request
from msgspec import Struct
from starlette.responses import Response

from codex2api.api.packed import packed
from codex2api.doctor import Finding
from codex2api.texts import catalogue, preferred


class FindingCard(Struct, frozen=True, kw_only=True):
    """What a check found, in the reader's language.

    Attributes:
        check: Its name, which never changes.
        verdict: ``ok``, ``warning`` or ``problem``.
        remedy: What to do, most often a command to type.
        account: Label, if it is about one account.
    """

    check: str
    verdict: str
    found: str
    remedy: str | None
    account: str | None


class Findings(Struct, frozen=True):
    """All of them, in the order in which a person would look."""

    findings: Sequence[FindingCard]


def doctor_router(examine: Callable[[], Awaitable[Sequence[Finding]]]) -> APIRouter:
    """The route.

    Args:
        examine: Looks at everything; it asks ChatGPT, so it takes seconds.
    """
    router = APIRouter(prefix="/admin/api/server", tags=["Admin"])

    @router.post("/doctor")
    async def doctor(
        request: Request, accept_language: Annotated[str | None, Header()] = None
    ) -> Response:
        """Run all checks now."""
        translate = catalogue(preferred(accept_language)).gettext
        found = [_card(finding, translate) for finding in await examine()]
        return packed(request, Findings(found))

    return router


def _card(finding: Finding, translate: Callable[[str], str]) -> FindingCard:
    return FindingCard(
        check=finding.check,
        verdict=finding.verdict.value,
        found=finding.found.told(translate),
        remedy=None if finding.remedy is None else finding.remedy.told(translate),
        account=finding.account,
    )
