"""The dashboard as the door and the routes get it; it lasts as long as the process."""

import time
from dataclasses import dataclass

from codex2api.api.lobby import Lobby
from codex2api.callers import Callers
from codex2api.dashboard.assets import PREFIX, Assets
from codex2api.dashboard.sessions import Sessions
from codex2api.dashboard.site import PAGES, SIGN_IN


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What is behind the pages.

    Attributes:
        local_key: Whose holder a session stands for.
    """

    local_key: str
    callers: Callers
    sessions: Sessions
    assets: Assets

    @classmethod
    def of(cls, local_key: str, callers: Callers) -> "Dashboard":
        """The dashboard of a process."""
        return cls(local_key, callers, Sessions(local_key, time.time), Assets())

    def lobby(self) -> Lobby:
        """Where the owner's browser is let in."""
        return Lobby(
            pages=frozenset(page.path for page in PAGES),
            sign_in=SIGN_IN.path,
            assets=PREFIX,
            is_owner=self.sessions.is_owner,
            owner=lambda: self.callers.identify(None, self.local_key),
        )
