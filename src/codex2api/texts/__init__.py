"""What people read, in their language: gettext catalogues of the dashboard and the commands.

The source texts are English. ``catalogues/<language>/LC_MESSAGES/codex2api.po`` holds a
translation, the ``.mo`` beside it is the same, compiled (``make texts`` writes both).
"""

import gettext
from pathlib import Path

LANGUAGES = {"en": "English", "zh_Hans": "简体中文"}
"""By catalogue name; each in its own words, as a person looks for it."""

SOURCE_LANGUAGE = "en"

CATALOGUES = Path(__file__).parent / "catalogues"

_TAGS = {"en": "en", "zh": "zh_Hans"}
"""Which of our languages serves a reader of this primary tag (RFC 5646)."""


def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of one of ``LANGUAGES``; the source texts where nothing is translated."""
    return gettext.translation("codex2api", CATALOGUES, languages=[language], fallback=True)


def preferred(accept_language: str | None) -> str:
    """The language that a browser asks for, of those we have.

    Args:
        accept_language: The header, as in RFC 9110 section 12.5.4; nonsense counts as absent.
    """
    wishes = [_wish(part) for part in (accept_language or "").split(",")]
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if weight > 0 and (language := _served(tag)):
            return language
    return SOURCE_LANGUAGE


def of_locale(*names: str | None) -> str:
    """The language of the first locale that is set.

    Args:
        names: Of ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``, in this order, like ``zh_CN.UTF-8``;
            ``C`` and ``POSIX`` are English.
    """
    name = next((name for name in names if name), "")
    return _served(name.split(".", maxsplit=1)[0].replace("_", "-")) or SOURCE_LANGUAGE


def _wish(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), tag
    except ValueError:
        return 0, tag


def _served(tag: str) -> str | None:
    primary = tag.strip().lower().split("-", maxsplit=1)[0]
    return _TAGS.get(primary)
