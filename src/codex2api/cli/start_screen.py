"""What ``serve`` shows when it serves: where it is, where the key is, who is signed in."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codex2api import __version__
from codex2api.accounts.account import Account
from codex2api.cli.terminal import say
from codex2api.texts.shell import _


@dataclass(frozen=True, slots=True)
class StartScreen:
    """The lines on stderr.

    Attributes:
        url: The server's origin, for a client on this machine.
        key_file: Where the owner's key is; ``None`` if none is asked for.
        key: The owner's key, which is shown nowhere but as ``show_key`` says.
        show_key: Show the key itself: on the first start, and only to a terminal.
        accounts: Who is signed in; ``None`` if that cannot be told.
    """

    url: str
    key_file: Path | None
    key: str = field(repr=False)
    show_key: bool
    accounts: Sequence[Account] | None

    @property
    def lacks_account(self) -> bool:
        """Whether certainly nobody is signed in."""
        return self.accounts is not None and not self.accounts

    def show(self) -> None:
        """Print it."""
        say(f"codex2api {__version__}")
        say(_("  base URL  {url}").format(url=f"{self.url}/v1"))
        say(_("  dashboard {url}/   (to sign in: codex2api dashboard)").format(url=self.url))
        self._show_key()
        for account in self.accounts or ():
            plan = account.plan or _("plan unknown")
            if account.kind != "codex":
                plan = _("{plan}, {kind} sign-in").format(plan=plan, kind=_(account.kind))
            say(_("  account   {label} ({plan})").format(label=account.label, plan=plan))
        if not self.accounts:
            say(_("  account   nobody is signed in; run: codex2api login"))

    def open(self) -> None:
        """Show the dashboard in a browser, signed in; say where it is if there is no browser."""
        from codex2api.auth.browser import open_browser
        from codex2api.dashboard.tickets import link_path

        link = f"{self.url}{link_path(self.key, time.time())}"
        if not open_browser(link):
            say(_("Open this link in a browser; it works once, for five minutes:") + f"\n  {link}")

    def _show_key(self) -> None:
        if self.key_file is None:
            say(_("  API key   none needed: every program on this machine can use the account"))
        elif self.show_key:
            say(_("  API key   {key}").format(key=self.key))
            say(_("            shown this once; it is kept in {file}").format(file=self.key_file))
        else:
            say(_("  API key   in {file}").format(file=self.key_file))
