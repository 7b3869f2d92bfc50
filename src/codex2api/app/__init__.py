"""The composition root: every object of the server is built here, and nowhere else.

``lasting`` builds what lives as long as the process, ``front`` what is built anew whenever the
settings change while it serves.
"""

from codex2api.api.application import Application
from codex2api.api.desk import Desk
from codex2api.app.front import build_front
from codex2api.app.lasting import Lasting, build_lasting
from codex2api.metrics.scoreboard import Place
from codex2api.settings import Settings


class App(Application):
    """The server as ASGI application, which can be given other settings while it serves."""

    def __init__(self, settings: Settings, lasting: Lasting) -> None:
        front = build_front(settings, lasting)
        super().__init__(front, lasting.readiness, lambda: lasting.background.running)
        self._lasting = lasting

    def take(self, settings: Settings) -> None:
        """Serve new requests by these settings; ``settings.changes`` knows which may differ."""
        self._lasting.take(settings)
        self.replace(build_front(settings, self._lasting))


def create_app(settings: Settings, desk: Desk | None = None, place: Place | None = None) -> App:
    """The server as an ASGI application.

    Makes the home folder and the owner's key if they do not exist; opens no connection and starts
    no task before its lifespan does.

    Args:
        settings: All of them.
        desk: Where the sign-in is, of several processes that share a port.
        place: Where such a process shows the others what it has counted.

    Raises:
        ApiError: The key file holds no usable key.
    """
    return App(settings, build_lasting(settings, desk or Desk(), place))
