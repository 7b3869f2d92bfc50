"""``/admin/api/notice``: what is told before the first sign-in, and what the owner chose then."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Request
from msgspec import Struct
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from codex2api.accounts.account import AccountKind
from codex2api.api.packed import packed
from codex2api.auth.notice import CHOICES, INTRODUCTION, LATER, Choice
from codex2api.texts import catalogue, preferred


@dataclass(frozen=True, slots=True)
class Choosing:
    """Where the choice is kept.

    Attributes:
        chosen: Which sign-in is the owner's; ``None`` if that was never asked.
        choose: Remembers it, for the command line as well.
    """

    chosen: Callable[[], Awaitable[AccountKind | None]]
    choose: Callable[[AccountKind], Awaitable[None]]


class Chosen(BaseModel):
    """What the owner chooses."""

    model_config = ConfigDict(extra="forbid")

    kind: AccountKind


class ChoiceCard(Struct, frozen=True):
    """One of OpenAI's sign-ins, in the reader's language."""

    kind: str
    title: str
    text: str


class NoticeCard(Struct, frozen=True, kw_only=True):
    """The one screen.

    Attributes:
        chosen: Null as long as the screen has to be shown.
        later: How to change one's mind.
    """

    chosen: str | None
    introduction: str
    choices: Sequence[ChoiceCard]
    later: str


def notice_router(choosing: Choosing) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/notice")
    async def notice(
        request: Request, accept_language: Annotated[str | None, Header()] = None
    ) -> Response:
        """Whose account is used, and what OpenAI documents of it."""
        translate = catalogue(preferred(accept_language)).gettext
        return packed(request, _card(await choosing.chosen(), translate))

    @router.post("/notice", status_code=204)
    async def choose(choice: Chosen) -> Response:
        """Remember which sign-in the owner uses."""
        await choosing.choose(choice.kind)
        return Response(status_code=204)

    return router


def _card(chosen: AccountKind | None, translate: Callable[[str], str]) -> NoticeCard:
    return NoticeCard(
        chosen=None if chosen is None else chosen.value,
        introduction=translate(INTRODUCTION),
        choices=[_choice(choice, translate) for choice in CHOICES],
        later=translate(LATER),
    )


def _choice(choice: Choice, translate: Callable[[str], str]) -> ChoiceCard:
    text = " ".join(map(translate, choice.lines))  # its lines are those of a terminal
    return ChoiceCard(choice.kind.value, translate(choice.title), text)
