"""The two pages that a browser shows at the end of a sign-in."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files


def render(name: str, message: str = "") -> tuple[str, str]:
    """A page, and the content security policy that lets it have its style and nothing else.

    Args:
        name: ``success`` or ``error``.
        message: Shown as text.
    """
    page, policy = _load(name)
    return page.replace("{{ message }}", escape(message)), policy


@cache
def _load(name: str) -> tuple[str, str]:
    folder = files(__name__)
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    page = folder.joinpath(f"{name}.html").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return page.replace("{{ style }}", style), policy
