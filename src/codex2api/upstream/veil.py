"""Takes one secret out of bytes that pass in pieces, however it is cut."""

HIDDEN = b"[hidden]"


class Veil:
    """Hides a secret; holds back only what may be the beginning of one.

    Args:
        secret: What must not pass.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._held = b""

    def pass_on(self, data: bytes) -> bytes:
        """The next piece; empty if all of it is held back."""
        if self._held:
            data, self._held = self._held + data, b""
        if self._secret in data:
            data = data.replace(self._secret, HIDDEN)
        at = self._begins_at(data)
        self._held = data[at:]
        return data[:at]

    def _begins_at(self, data: bytes) -> int:
        """Where the end of the data may be the beginning of a secret."""
        secret = self._secret
        at = data.find(secret[:3], max(0, len(data) - len(secret)))
        while at >= 0:
            if secret.startswith(data[at:]):
                return at
            at = data.find(secret[:3], at + 1)
        tail = next((size for size in (2, 1) if data.endswith(secret[:size])), 0)
        return len(data) - tail

    def end(self) -> bytes:
        """What was held back and is no secret after all."""
        held, self._held = self._held, b""
        return held
