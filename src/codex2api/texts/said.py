"""Texts that are marked where they are written and translated where they are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for this)
    """The text itself: this only marks it for the catalogues."""
    return text


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for a person, in whichever language that person reads.

    Attributes:
        text: In English, marked with ``N_``; ``{name}`` stands for one of the values.
        values: By name; one that is said itself is translated as well.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str] = str) -> str:
        """The sentence, by a catalogue's ``gettext``; in English without one."""
        filled = {
            name: value.told(translate) if isinstance(value, Said) else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**filled)
