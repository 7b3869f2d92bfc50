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
    Shown("usage", "/usage", "tr[data-group]"),
    Shown(
        "usage-custom",
        "/usage?range=custom&by=key",
        "tr[data-group]",
        "#value summary",
        "#value td",
    ),
    Shown("keys", "/keys", "tr[data-key]"),
    Shown("key", "/keys?create", "#key-name", "#creating summary", "#key-models"),
    Shown("revoking", "/keys", "tr[data-key]", "tr[data-key] .danger", "#revoke-title"),
    Shown("models", "/models", "[data-model]", "[data-model] summary", "[data-model] .names"),
    Shown(
        "playground", "/playground", ".turns .empty", ".turns .row button", ".turn-foot copy-button"
    ),
    Shown("code", "/playground", ".turns .empty", "#code", "#as-code pre"),
    Shown("connect", "/connect", ".snippet"),
    Shown("connect-tested", "/connect?client=codex", ".snippet", "#test", "#tested .good"),
    Shown("settings", "/settings", "#upstream .pill"),
    Shown("doctor", "/settings", "#upstream .pill", "#examine", "#doctor [data-check]"),
)

EMPTY = (
    Shown("usage", "/usage", "#nothing .empty"),
    Shown("keys", "/keys", "#keys .empty button"),
    Shown("models", "/models", "#source a"),
    Shown("playground", "/playground", ".turns .empty .big"),
    Shown("connect", "/connect", ".snippet"),
)
"""Pages of a server that nobody has used yet: each names the next step."""
