"""A secret hidden in bytes that come piece by piece, wherever they are cut."""

_INSTEAD = b"[hidden]"


class Hiding:
    """What passes through it no longer holds the secret.

    Args:
        secret: Not empty.
    """

    __slots__ = ("_held", "_secret")

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The bytes that may go on; an end that the secret could begin with waits for more."""
        shown = (self._held + data).replace(self._secret, _INSTEAD)
        cut = self._beginning(shown)
        self._held = shown[cut:]
        return shown[:cut]

    def rest(self) -> bytes:
        """What waited for more that did not come."""
        held, self._held = self._held, b""
        return held

    def _beginning(self, data: bytes) -> int:
        """Where the secret may begin that goes on behind the data; else the data's length."""
        first = self._secret[:1]
        at = data.find(first, max(len(data) - len(self._secret) + 1, 0))
        while at >= 0 and not self._secret.startswith(data[at:]):
            at = data.find(first, at + 1)
        return len(data) if at < 0 else at
