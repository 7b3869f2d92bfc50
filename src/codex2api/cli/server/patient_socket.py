"""uvicorn's WebSocket connection, which lets a running answer finish when the server ends."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from codex2api.api.socket.websocket import DRAIN


class PatientSocket(WebSocketsSansIOProtocol):
    """Tells the application that the server ends, where uvicorn would close the connection.

    The application closes it once nothing is under way; after the time to drain uvicorn does.
    """

    def shutdown(self) -> None:
        """The server ends."""
        if self.handshake_complete and not self.close_sent:
            message: Any = {"type": DRAIN}  # ours, so no event that uvicorn could know
            self.queue.put_nowait(message)
        else:
            super().shutdown()

    def end(self) -> None:
        """The time to drain is over: close the connection, whatever is under way."""
        super().shutdown()
