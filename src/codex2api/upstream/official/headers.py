"""The headers of a call: the bearer and who we are, and nothing that belongs to Codex."""

from collections.abc import Mapping

from codex2api.accounts.account import Credential
from codex2api.upstream.backend import Identity
from codex2api.upstream.cachekey import session_id


def identity_of(program: str, version: str, platform: str) -> Identity:
    """What every call carries: our own name, as OpenAI's page shows it to the person."""
    agent = f"{program}/{version} ({platform})"

    def headers(credential: Credential) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {credential.access_token}", "User-Agent": agent}

    return headers


def streaming(cache_key: str) -> dict[str, str]:
    """What a call for a stream carries besides; the prompt cache follows the session's id."""
    return {
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
        "session-id": session_id(cache_key),
    }
