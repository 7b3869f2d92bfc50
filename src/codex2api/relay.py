"""The one use case: carry a request to an account that can serve it, and its events back."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from codex2api.accounts.account import Credential
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import UpstreamStream


class Upstream(Protocol):
    """The codex backend, as the relay needs it."""

    def stream(
        self, request: ResponsesRequest, credential: Credential
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """Send a request; leaving the block before the end closes the connection at once.

        Raises:
            ApiError: On entering, for every failure of HTTP. ``SIGN_IN_REQUIRED`` means that the
                backend refused this access token (401): it may be worth a refresh.
        """
