"""Encrypted reasoning that is bound to an account, as the real one is."""

import base64
import hashlib
import hmac

_KEY = b"codex2api simulated ChatGPT: reasoning"
_MARK = "simulated."


def seal(account_id: str, content: str) -> str:
    """Content that only ``account_id`` may send back."""
    return (
        f"{_MARK}{base64.urlsafe_b64encode(content.encode()).decode()}.{_tag(account_id, content)}"
    )


def opens(account_id: str, sealed: str) -> bool:
    """Whether ``sealed`` was made here, for this account, and is whole."""
    encoded, _, tag = sealed.removeprefix(_MARK).rpartition(".")
    try:
        content = base64.urlsafe_b64decode(encoded).decode()
    except ValueError:
        return False
    return sealed.startswith(_MARK) and hmac.compare_digest(tag, _tag(account_id, content))


def _tag(account_id: str, content: str) -> str:
    return hmac.new(_KEY, f"{account_id}\n{content}".encode(), hashlib.sha256).hexdigest()[:24]
