"""Every page of the dashboard: where it is, and what it shows once it has something to show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A page that every form of looking is tried on.

    Attributes:
        path: Where it is.
        sign: What can be seen when it has drawn the world's data (a selector).
        click: Then clicked, for what opens on a page (a selector); ``then`` is seen afterwards.
    """

    name: str
    path: str
    sign: str = "main h1"
    click: str | None = None
    then: str | None = None


PAGES = (
    Shown("overview", "/", "tr[data-number]"),
    Shown("accounts", "/accounts", "limit-gauge"),
    Shown("adding", "/accounts", "limit-gauge", "#add", "#adding .way"),
    Shown("browser", "/accounts?add=phone", "#adding .way", "#adding .way", "#adding .button"),
    Shown(
        "device", "/accounts?add=phone", "#adding .way", "#adding .way:nth-of-type(2)", ".user-code"
    ),
    Shown("requests", "/requests", "tr[data-number]"),
    Shown("request", "/requests?status=2xx", "tr[data-number]", "tr[data-number]", "#drawer h3"),
    Shown("usage", "/usage"),
    Shown("keys", "/keys"),
    Shown("models", "/models"),
    Shown("playground", "/playground"),
    Shown("connect", "/connect"),
    Shown("settings", "/settings", "#upstream .pill"),
)
