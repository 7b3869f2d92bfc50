"""Forged tokens and keys, and how each of them is known again wherever it turns up."""

import base64
import itertools
import json
import re
import time
from pathlib import Path
from typing import Any

EMAIL = "somebody@faults.example"
LOCAL_KEY = "sk-codex2api-faultsowner" + "0" * 24
CLIENT_KEY = "sk-faultsclient-" + "1" * 24

_HEAD = "eyJhbGciOiJmYXVsdHMifQ"
_TAIL = "faultsignature"
_MARKS = re.compile(
    rb"eyJhbGciOiJmYXVsdHMifQ|faultsignature|rt_faults|faultsowner|faultsclient"
    rb"|somebody@faults\.example"
)
_numbers = itertools.count(1)


def found_in(text: bytes) -> list[str]:
    """Every secret of ours in a text: access, refresh and ID tokens, keys, e-mail addresses."""
    return [mark.decode() for mark in _MARKS.findall(text)]


def access_token(account_id: str, life: float) -> str:
    """A token that no other call returns; ``life`` in seconds may be negative."""
    number = next(_numbers)
    auth = {"chatgpt_account_id": account_id, "chatgpt_plan_type": "pro"}
    claims = {
        "exp": int(time.time() + life),
        "jti": number,
        "email": EMAIL,
        "https://api.openai.com/auth": auth,
    }
    return f"{_HEAD}.{_packed(claims)}.{_TAIL}{number}"


def refresh_token(account_id: str) -> str:
    """The same for refresh tokens; the account can be read from it."""
    return f"rt_faults_{account_id}_{next(_numbers)}"


def account_of(refresh: str) -> str:
    """Whose refresh token this is."""
    return refresh.removeprefix("rt_faults_").rpartition("_")[0]


def token_file(account_id: str, life: float = 86_400, **fields: Any) -> dict[str, Any]:
    """The content of a token file."""
    return {
        "access_token": access_token(account_id, life),
        "refresh_token": refresh_token(account_id),
        "expires_at": int((time.time() + life) * 1000),
        "account_id": account_id,
        "email": EMAIL,
        **fields,
    }


def write_private(path: Path, text: str) -> None:
    """A file for its owner alone, replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.faults")
    fresh.write_text(text)
    fresh.chmod(0o600)
    fresh.replace(path)


def sign_in(home: Path, account_id: str, label: str = "default", **fields: Any) -> Path:
    """Put tokens where the product looks for them."""
    name = "tokens.json" if label == "default" else f"tokens.{label}.json"
    path = home / "data" / name
    write_private(path, json.dumps(token_file(account_id, **fields)))
    return path


def _packed(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
