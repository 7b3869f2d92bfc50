"""The commands' texts, in the language of the shell that called them."""

import os

from codex2api.texts import SOURCE_LANGUAGE, catalogue, of_locale

LANGUAGE = of_locale(*(os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")))
"""A process has one: texts in decorators are read when their module is imported."""

_translated = None if LANGUAGE == SOURCE_LANGUAGE else catalogue(LANGUAGE).gettext


def _(text: str) -> str:
    """The text; an English shell opens no catalogue, so that ``--help`` stays quick."""
    return _translated(text) if _translated else text
