"""What waits for an exchange: authorization codes and device codes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PendingCode:
    """An authorization code, good for one exchange.

    Attributes:
        label: The account that it signs in.
        challenge: The S256 challenge that the verifier must meet.
        expires_at: Epoch seconds.
    """

    label: str
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass(slots=True)
class DeviceGrant:
    """A device code and what became of it.

    Attributes:
        polls: How often the device has asked.
        state: ``pending``, ``approved`` or ``denied``.
    """

    user_code: str
    label: str
    polls: int = 0
    state: str = "pending"
