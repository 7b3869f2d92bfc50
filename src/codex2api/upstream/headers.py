"""The headers of a call (protocol sheet, section 2.1). Nothing of the caller's is passed on."""

from collections.abc import Mapping

from codex2api.accounts.account import Credential
from codex2api.protocol.secrets import HIDDEN
from codex2api.upstream.cachekey import session_id


def user_agent(originator: str, version: str, platform: str) -> str:
    """The ``User-Agent`` line; ``platform`` reads like ``Linux 6.8; x86_64``."""
    return f"{originator}/{version} ({platform}) unknown"


def identity(credential: Credential, originator: str, version: str, agent: str) -> dict[str, str]:
    """What every call to the backend carries."""
    headers = {
        "Authorization": f"Bearer {credential.access_token}",
        "ChatGPT-Account-ID": credential.account_id,
        "originator": originator,
        "User-Agent": agent,
        "version": version,
    }
    if credential.fedramp:
        headers["X-OpenAI-Fedramp"] = "true"
    return headers


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers for people to look at: as whom we call is hidden."""
    return {**headers, "Authorization": f"Bearer {HIDDEN}", "ChatGPT-Account-ID": HIDDEN}


def streaming(cache_key: str, lite: bool) -> dict[str, str]:
    """What a call for a stream carries besides ``identity``."""
    session = session_id(cache_key)
    headers = {
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
        "session-id": session,
        "thread-id": session,
        "x-client-request-id": session,
    }
    if lite:
        headers["x-openai-internal-codex-responses-lite"] = "true"
    return headers
