"""What this sign-in has to remember beyond the tokens; ``store`` implements it."""

from typing import Protocol


class Registrations(Protocol):
    """Who this machine is, and which clients were registered from it."""

    def host_id(self) -> str:
        """``urn:uuid:...``, made once and the same for ever."""

    def client_id(self, label: str) -> str | None:
        """The client that was registered for an account of ours, if one was."""

    def keep(self, label: str, client_id: str) -> None:
        """Remember a client; also after a sign-out, for the next sign-in of the same person."""
