"""The pages: which there are, and how one is written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codex2api import __version__
from codex2api.dashboard.assets import Assets
from codex2api.texts import LANGUAGES, catalogue, preferred

if TYPE_CHECKING:
    from jinja2 import Environment


def N_(text: str) -> str:  # noqa: N802 (gettext's name for a text that is translated later)
    """Mark a text for translation."""
    return text


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the dashboard.

    Attributes:
        name: Of its template and of its module.
        path: Where it is.
        title: In English; translated when it is shown.
    """

    name: str
    path: str
    title: str


PAGES = (
    Page("overview", "/", N_("Overview")),
    Page("accounts", "/accounts", N_("Accounts")),
    Page("requests", "/requests", N_("Requests")),
    Page("usage", "/usage", N_("Usage")),
    Page("keys", "/keys", N_("API keys")),
    Page("models", "/models", N_("Models")),
    Page("playground", "/playground", N_("Playground")),
    Page("connect", "/connect", N_("Connect")),
    Page("settings", "/settings", N_("Settings & health")),
)
"""In the order of the navigation."""

SIGN_IN = Page("sign-in", "/sign-in", N_("Sign in"))


class Site:
    """Writes pages.

    Args:
        assets: Their modules and style.
    """

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._environments: dict[str, Environment] = {}

    def write(self, page: Page, accept_language: str | None, **values: Any) -> str:
        """A page as HTML.

        Args:
            page: Which one.
            accept_language: Header of the browser that asks.
            values: What the template needs besides.
        """
        language = preferred(accept_language)
        environment = self._environments.get(language)
        if environment is None:
            environment = self._environments[language] = self._environment(language)
        return environment.get_template(f"{page.name}.html").render(page=page, **values)

    def _environment(self, language: str) -> "Environment":
        # Jinja2 is imported for the first page, not for a server that nobody looks at.
        from jinja2 import (  # noqa: PLC0415
            Environment,
            PackageLoader,
            StrictUndefined,
        )

        environment = Environment(
            loader=PackageLoader("codex2api.dashboard", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "_": catalogue(language).gettext,
            "asset": lambda name: self._assets.url(name, language),
            "language": language.replace("_", "-"),
            "languages": LANGUAGES,
            "pages": PAGES,
            "version": __version__,
        }
        return environment
