"""Markers in the user's text: ``SCENARIO:name:key=value`` and ``SIM:key=value``."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SCENARIO = re.compile(r"\bSCENARIO:([a-z0-9_]+)((?::[a-z_]+=[^\s:]+)*)")
_SIM = re.compile(r"\bSIM((?::[a-z_]+=[^\s:]+)+)")


@dataclass(frozen=True, slots=True)
class Marker:
    """A chosen scenario and its parameters.

    Attributes:
        name: The scenario, ``None`` for whatever the request itself asks for.
    """

    name: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str, default: str = "") -> str:
        """A parameter as it is written."""
        return self.params.get(key, default)

    def number(self, key: str, default: float = 0) -> float:
        """A parameter as a number; ``default`` if it is absent or none."""
        try:
            number = float(self.params[key])
        except (KeyError, ValueError):
            return default
        return number if math.isfinite(number) else default

    def count(self, key: str, default: int = 0) -> int:
        """A parameter as a whole number."""
        return int(self.number(key, default))

    def flag(self, key: str) -> bool:
        """Whether a parameter is switched on."""
        return self.params.get(key, "0") not in ("0", "false", "no")


def read_marker(text: str) -> Marker:
    """The marker in ``text``; parameters of ``SIM:`` add to those of ``SCENARIO:``."""
    if "SCENARIO:" not in text and "SIM:" not in text:
        return _NONE
    params: dict[str, str] = {}
    name = None
    if found := _SCENARIO.search(text):
        name = found[1]
        params |= _params(found[2])
    for found in _SIM.finditer(text):
        params |= _params(found[1])
    return Marker(name, params)


def _params(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(":") if part)
    return {key: value for key, _, value in pairs}


_NONE = Marker()
