"""The owner's sessions: a cookie for whoever came with a one-time link or the owner's key."""

from collections.abc import Callable
from hashlib import sha256

from codex2api.dashboard.tickets import SESSION_SECONDS, Tickets


class Sessions:
    """Which links and cookies are good.

    A cookie carries its end and a signature, so that any of several processes can read it. Only
    what was used up or signed out is remembered, until it would be over anyway.

    Args:
        local_key: The owner's key.
        now: Unix seconds.

    Attributes:
        cookie: Its name. Cookies do not know ports: two servers on one machine must not share it.
    """

    def __init__(self, local_key: str, now: Callable[[], float]) -> None:
        self._now = now
        self._links = Tickets(local_key, "link")
        self._sessions = Tickets(local_key, "session")
        self._started = now()
        self._over: dict[str, float] = {}
        self.cookie = f"codex2api_{sha256(local_key.encode()).hexdigest()[:12]}"

    def redeem(self, ticket: str) -> bool:
        """Use a link up; whether it was good.

        One that was made before this process began may have been used at the one before.
        """
        times = self._links.read(ticket, self._now())
        if times is None or times[0] < self._started or self._is_over(ticket):
            return False
        self._end(ticket, times[1])
        return True

    def begin(self) -> str:
        """The value of a new session's cookie."""
        return self._sessions.issue(self._now(), SESSION_SECONDS)

    def is_owner(self, cookies: str) -> bool:
        """Whether a ``Cookie`` header holds a session that is good."""
        return any(self._is_good(value) for value in self._values(cookies))

    def end(self, cookies: str) -> None:
        """Sign a session out, wherever its cookie may have been copied to."""
        for value in self._values(cookies):
            times = self._sessions.read(value, self._now())
            if times is not None:
                self._end(value, times[1])

    def set_cookie(self, value: str, *, secure: bool) -> str:
        """The ``Set-Cookie`` header of a session; an empty value takes it away.

        Args:
            value: Of the cookie.
            secure: Whether the browser came by HTTPS.
        """
        life = round(SESSION_SECONDS) if value else 0
        kept = f"{self.cookie}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict"
        return f"{kept}; Secure" if secure else kept

    def _values(self, cookies: str) -> list[str]:
        pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
        return [value for name, _, value in pairs if name == self.cookie]

    def _is_good(self, value: str) -> bool:
        return self._sessions.read(value, self._now()) is not None and not self._is_over(value)

    def _is_over(self, ticket: str) -> bool:
        return ticket in self._over

    def _end(self, ticket: str, ends: float) -> None:
        now = self._now()
        self._over = {each: end for each, end in self._over.items() if end > now}
        self._over[ticket] = ends
