"""Instructions packaged for each model family, in our own words.

The backend accepts any text as instructions (protocol sheet, section 8), so these are short and
neutral. A person who wants the official ones downloads them (``codex2api prompts update``); such
overrides are handed to ``Prompts``, by family or by slug.
"""

from collections.abc import Mapping
from importlib.resources import files

FAMILIES = ("general", "codex")


def family(slug: str) -> str:
    """The family whose instructions suit a model."""
    return "codex" if "codex" in slug.split("-") else "general"


def load(name: str) -> str:
    """The packaged instructions of a family; reads the package.

    Raises:
        KeyError: There is no such family.
    """
    if name not in FAMILIES:
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


class Prompts:
    """The instructions of every model, read once when built.

    Args:
        overrides: Texts by slug or family that replace the packaged ones.
    """

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self._texts = {name: load(name) for name in FAMILIES} | dict(overrides or {})

    def of(self, slug: str) -> str:
        """What a model is told where a prompt policy asks for it."""
        return self._texts.get(slug) or self._texts[family(slug)]
