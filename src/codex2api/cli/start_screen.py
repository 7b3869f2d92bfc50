"""What ``serve`` shows when it serves: where it is, where the key is, who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        show_key: Show the key itself: on the first start, and only to a terminal.
        accounts: Who is signed in; ``None`` if that cannot be told.
    """

    url: str
    key_file: Path | None
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
        self._show_key()
        for account in self.accounts or ():
            plan = account.plan or _("plan unknown")
            say(_("  account   {label} ({plan})").format(label=account.label, plan=plan))
        if not self.accounts:
            say(_("  account   nobody is signed in; run: codex2api login"))

    def open(self) -> None:
        """Show the server's page in a browser."""
        from codex2api.auth.browser import open_browser

        open_browser(self.url)

    def _show_key(self) -> None:
        if self.key_file is None:
            say(_("  API key   none needed: every program on this machine can use the account"))
        elif self.show_key:
            key = self.key_file.read_text(encoding="utf-8").strip()
            say(_("  API key   {key}").format(key=key))
            say(_("            shown this once; it is kept in {file}").format(file=self.key_file))
        else:
            say(_("  API key   in {file}").format(file=self.key_file))
