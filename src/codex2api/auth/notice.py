"""Which of OpenAI's sign-ins to use: the one screen that a new user is shown, as plain values.

The commands print it, the dashboard shows it. The facts behind it: ``docs/sign-in.md``.
"""

from dataclasses import dataclass

from codex2api.accounts.account import AccountKind


def N_(text: str) -> str:  # noqa: N802 (gettext's name for it)
    """Mark a text for translation; whoever shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the sign-ins.

    Attributes:
        lines: What it is, what it can do, what it cannot do.
    """

    kind: AccountKind
    title: str
    lines: tuple[str, ...]


INTRODUCTION = N_(
    "codex2api uses your own ChatGPT account and plan; nothing is shared with anybody else. "
    "OpenAI has two sign-ins that lead to it:"
)

CHOICES = (
    Choice(
        AccountKind.OFFICIAL,
        N_("Sign in with ChatGPT, for open-source apps"),
        (
            N_("OpenAI documents it for apps like this one, on your own machine (a preview)."),
            N_("For Plus and Pro. You name the app there, can cap its use, and can end it."),
            N_("Text, images and files as input, tools, web search. No image generation, no"),
            N_("transcripts, no compaction, nothing for Codex itself; limits are not shown here."),
        ),
    ),
    Choice(
        AccountKind.CODEX,
        N_("The sign-in of Codex, OpenAI's own command line"),
        (
            N_("OpenAI documents it for Codex. Its use by other programs is no documented offer,"),
            N_("and what lies behind it may change without notice."),
            N_("For every plan with Codex. All that codex2api can do, and limits are shown."),
        ),
    ),
)

LATER = N_("Both can be used side by side; `codex2api login --official` or `--codex` says which.")
"""How to change one's mind."""
