"""Which of OpenAI's sign-ins ``codex2api login`` uses: asked once, and remembered."""

import sys
from typing import TYPE_CHECKING

from codex2api.cli.columns import wrapped
from codex2api.cli.terminal import fail, say
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.accounts.account import AccountKind
    from codex2api.cli.signing import SigningDesk
    from codex2api.settings import Settings

_WIDTH = 84
"""Columns; no wider than the lines of the choices."""


async def usual_kind(settings: "Settings", desk: "SigningDesk") -> "AccountKind":
    """The kind for who names none.

    In this order: the setting ``oauth.kind``, the answer of an earlier time, the kind of the first
    account, the answer of the person at the terminal. Without a terminal it is Codex'.
    """
    from codex2api.accounts.account import AccountKind

    chosen = settings.oauth.kind if settings.oauth.kind != "ask" else desk.notes.kind()
    if chosen in tuple(AccountKind):
        return AccountKind(chosen)
    accounts = await desk.store.accounts()
    if accounts:
        return accounts[0].kind
    _explain()
    if not sys.stdin.isatty():
        say(_("There is no terminal to ask, so the sign-in of Codex is used."))
        return AccountKind.CODEX
    kind = await _asked()
    desk.notes.choose(kind)
    return kind


def _explain() -> None:
    from codex2api.auth import notice

    say("\n".join(wrapped(_(notice.INTRODUCTION), _WIDTH)))
    for number, choice in enumerate(notice.CHOICES, 1):
        say(f"\n  {number}  {_(choice.title)}")
        for line in choice.lines:
            say(f"     {_(line)}")
    say("\n".join(["", *wrapped(_(notice.LATER), _WIDTH), ""]))


async def _asked() -> "AccountKind":
    from codex2api.auth.notice import CHOICES
    from codex2api.cli.lines import next_line

    answers = {str(number): choice.kind for number, choice in enumerate(CHOICES, 1)}
    answers |= {choice.kind.value: choice.kind for choice in CHOICES}
    while True:
        say(_("Which one? Type 1 or 2:"))
        line = await next_line()
        if line is None:
            fail(_("Nothing was chosen, so nobody was signed in."))
        if kind := answers.get(line.strip().lower()):
            return kind
