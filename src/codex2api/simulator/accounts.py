"""The simulated people: made from a label, always the same for the same label."""

import uuid
from dataclasses import dataclass

_SPACE = uuid.UUID("5d0a7e1c-3f1d-4f0e-9a56-0c0de2a91000")

DEFAULT_LABEL = "demo"


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """One ChatGPT workspace seat."""

    label: str
    plan: str

    @property
    def account_id(self) -> str:
        """The value of the ``ChatGPT-Account-ID`` header."""
        return str(uuid.uuid5(_SPACE, f"account:{self.label}"))

    @property
    def user_id(self) -> str:
        """The person behind the account."""
        return f"user-{uuid.uuid5(_SPACE, f'user:{self.label}').hex[:20]}"

    @property
    def email(self) -> str:
        """An address that cannot exist."""
        return f"{self.label}@simulated.invalid"
