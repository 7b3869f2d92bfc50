"""The admin call that tells the official sign-in and its API how to behave."""

from typing import Any

from codex2api.simulator.issuer.switches import MODES, TokenSwitches
from codex2api.simulator.official.book import OfficialBook, OfficialSwitches
from codex2api.simulator.official.refusals import ERRORS
from codex2api.simulator.official.signing import ID_TOKEN_FAULTS

SWITCHES = tuple(OfficialSwitches.__dataclass_fields__)
DEEDS = ("rotate_key", "invalidate")

_FAULTS = {"id_token": ID_TOKEN_FAULTS, "refresh": MODES, "api": tuple(ERRORS)}
_TIMED = ("refresh", "api")
_TIMES = tuple(f"{name}_times" for name in _TIMED)


def steer(book: OfficialBook, fields: dict[str, Any]) -> dict[str, Any]:
    """Set switches by name, and do what is done at once.

    Raises:
        ValueError: A name is unknown, or has a value that it cannot have.
    """
    for name, value in fields.items():
        _check(name, value)
    if fields.get("rotate_key"):
        book.keys.rotate()
    if fields.get("invalidate"):
        book.invalidate_access()
    for name in SWITCHES:
        if name in _TIMED and name in fields:
            faults = TokenSwitches(fields[name], fields.get(f"{name}_times"))
            setattr(book.switches, name, faults)
        elif name in fields:
            setattr(book.switches, name, fields[name])
    return fields


def _check(name: str, value: Any) -> None:
    known = (*SWITCHES, *_TIMES, *DEEDS)
    if name not in known:
        raise ValueError(f"{name!r} is unknown; known are {', '.join(known)}.")
    faults = _FAULTS.get(name)
    if faults is not None and value is not None and value not in faults:
        raise ValueError(f"{value!r} is unknown; known are {', '.join(faults)}.")
