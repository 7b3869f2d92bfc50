"""What must not leave this machine, taken out of any text."""

import re
from collections.abc import Iterable
from pathlib import Path

from codex2api.protocol.secrets import HIDDEN, hide_secrets

_SHORTEST = 4
"""Shorter secrets would take words apart; there are none."""

_USER_INFO = re.compile(r"(://)[^/\s@\"']+@")


class Veil:
    """Hides what is known to be secret here, and whatever looks like a secret.

    Args:
        secrets: Tokens, keys, e-mail addresses and account ids of this installation.
        folders: Whose names may name a person, each with what is written in its place.
    """

    def __init__(self, secrets: Iterable[str], folders: Iterable[tuple[Path, str]] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        # The longest first: one secret may be part of another.
        self._known = sorted(known, key=len, reverse=True)
        self._folders = [(str(folder), name) for folder, name in folders]

    def over(self, text: str) -> str:
        """The text, fit to be shown to strangers."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for folder, name in self._folders:
            text = text.replace(folder, name)
        return hide_secrets(_USER_INFO.sub(rf"\1{HIDDEN}@", text))
