"""How much of a plan is used, asked for outright (protocol sheet, section 7.1)."""

from dataclasses import dataclass

import structlog

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import RateLimits
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import decode
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BackendUsage:
    """The lookout's ``UsageDesk``."""

    backend: Backend

    async def usage(self, credential: Credential) -> RateLimits:
        """As ``fetch_usage``; a failure is in the log, because nobody waits for this."""
        try:
            return await fetch_usage(self.backend, credential)
        except ApiError as error:
            log.info("usage.fetch_failed", kind=error.kind.value, reason=error.message)
            raise


async def fetch_usage(backend: Backend, credential: Credential) -> RateLimits:
    """The account's limit windows as they are now.

    Raises:
        ApiError: The backend did not tell.
    """
    now = backend.now()
    status, headers, body = await backend.get("/wham/usage", credential)
    if status != 200:
        about = Circumstances(now, secrets=(credential.access_token, credential.account_id))
        raise failures.from_answer(status, headers, body, about)
    try:
        value = decode(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT's usage report could not be read.")
    return RateLimits.from_usage(value, now)
