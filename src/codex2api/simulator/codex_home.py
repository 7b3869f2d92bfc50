"""A home folder for the real Codex CLI, signed in to the simulator and pointed at it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codex2api.protocol.json import encode


class HomeInUseError(Exception):
    """The folder holds a sign-in that the simulator did not write."""


MARK = "codex2api-simulator"


def write_codex_home(folder: Path, backend_url: str, tokens: dict[str, Any]) -> None:
    """Write ``auth.json`` and ``config.toml`` into ``folder``.

    Args:
        folder: To be used as ``CODEX_HOME``.
        backend_url: The simulator's backend, over https: Codex refuses any other.
        tokens: What ``make_tokens`` returned.

    Raises:
        HomeInUseError: There is an ``auth.json`` of another origin; it is left alone.
    """
    auth = folder / "auth.json"
    if auth.exists() and MARK not in auth.read_text(encoding="utf-8", errors="replace"):
        raise HomeInUseError(f"{auth} holds another sign-in; take an empty folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    auth.touch(mode=0o600)
    auth.write_bytes(encode(_auth(tokens)))
    (folder / "config.toml").write_text(_config(backend_url), encoding="utf-8")


def _auth(tokens: dict[str, Any]) -> dict[str, Any]:
    kept = ("id_token", "access_token", "refresh_token", "account_id")
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {name: tokens[name] for name in kept},
        "last_refresh": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "written_by": MARK,
    }


def _config(backend_url: str) -> str:
    return (
        f"# Written by {MARK}: this Codex talks to a simulation.\n"
        f'chatgpt_base_url = "{backend_url}/"\n'
        f'openai_base_url = "{backend_url}/codex"\n'
        'cli_auth_credentials_store = "file"\n'
        'model = "gpt-5.5"\n'
        "check_for_update_on_startup = false\n"
        "[analytics]\n"
        "enabled = false\n"
    )
