"""Encryption of what replicas keep of sign-ins, so that a copy of the database opens no account.

Fernet: AES-128-CBC with HMAC-SHA256 over all of it, so that a changed text is noticed.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealedError(ValueError):
    """A text that none of the keys opens."""


class Sealer:
    """Encrypts with the first key, decrypts with each.

    Args:
        keys: 32 bytes each, in base64.

    Raises:
        ValueError: A key is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(key.replace("+", "-").replace("/", "_")) for key in keys]
        self._first = fernets[0]
        self._all = MultiFernet(fernets)

    def seal(self, text: bytes) -> bytes:
        """The text, encrypted."""
        return self._first.encrypt(text)

    def open(self, sealed: bytes) -> bytes:
        """The text again.

        Raises:
            SealedError: It was encrypted with another key, or changed.
        """
        try:
            return self._all.decrypt(sealed)
        except InvalidToken:
            raise SealedError from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key opens it."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True
