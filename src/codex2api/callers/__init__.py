"""Who may call us, with what key, and what it grants. Keys are known by their SHA-256 only."""

from codex2api.callers.caller import Caller, KnownKey, fingerprint
from codex2api.callers.known import Callers

__all__ = ["Caller", "Callers", "KnownKey", "fingerprint"]
