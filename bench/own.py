"""Our server for the measures: with an account that only the simulator takes for real."""

import asyncio
import base64
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import listeners, wait_until
from bench.targets import SERVER_CORE, Target, free_port, started

LOCAL_KEY = "sk-bench-" + "0" * 32
_SECRET = base64.b64encode(bytes(range(32))).decode()
"""Encrypts forged tokens in a database that ends with the measure."""

_LIFETIME = 2_592_000
_INPUT = b'[{"type":"message","role":"user","content":"Hello"}]'
_ANSWER = b'{"object":"response","status":"completed","model":"gpt-5.4","output":[]}'


@dataclass(frozen=True)
class Setup:
    """How a server of ours is set up.

    Attributes:
        backend: Where the simulator is.
        accounts: Signed in; the load spreads over all of them.
        keys: Created besides the local one; with any, the last one is used.
        responses: Stored before the start.
        workers: Processes that share the port.
        store: Address of a PostgreSQL in place of files.
        environment: Further settings.
    """

    backend: str
    accounts: int = 1
    keys: int = 0
    responses: int = 0
    workers: int = 1
    store: str = ""
    environment: tuple[tuple[str, str], ...] = ()


@contextmanager
def own(setup: Setup, name: str = "codex2api", *, core: str = SERVER_CORE) -> Iterator[Target]:
    """A server of ours that has served nothing yet but its health."""
    with tempfile.TemporaryDirectory() as folder:
        key = asyncio.run(furnish(Path(folder), setup))
        port = free_port()
        with started(core, command(port, setup), env=environment(Path(folder), setup)) as process:
            wait_until(lambda: healthy(port), name)
            url = f"http://127.0.0.1:{port}"
            yield Target(name, url, [f"Authorization: Bearer {key}"], pids=[process.pid])


def command(port: int, setup: Setup) -> list[str]:
    serve = [sys.executable, "-m", "codex2api", "serve", "--no-login", "--port", str(port)]
    return [*serve, "--workers", str(setup.workers)]


def environment(home: Path, setup: Setup) -> dict[str, str]:
    ours = {"CODEX2API_HOME": str(home), "CODEX2API_BACKEND__URL": setup.backend}
    if setup.store:
        ours |= {"CODEX2API_STORE__URL": setup.store, "CODEX2API_STORE__SECRET_KEY": _SECRET}
    return os.environ | ours | dict(setup.environment)


async def furnish(home: Path, setup: Setup) -> str:
    """Fill a home; the key to use."""
    data = home / "data"
    data.mkdir(mode=0o700)
    (data / "local.key").write_text(LOCAL_KEY)
    if setup.store:
        await _share_account(setup.store)
    for number in range(setup.accounts):
        label = f".account-{number:05}" if number else ""
        (data / f"tokens{label}.json").write_text(json.dumps(forged_tokens(number)))
    if setup.keys or setup.responses:
        return await _fill_database(home, setup)
    return LOCAL_KEY


def forged_tokens(number: int, said: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A token file; nobody here looks at the signature, and peers want more ``said`` in it."""
    account = f"00000000-0000-0000-0000-{number:012}"
    expires = int(time.time()) + 86_400
    mine = {"chatgpt_account_id": account, **(said or {})}
    claims = {"exp": expires, "https://api.openai.com/auth": mine, **(said or {})}
    parts = [{"alg": "none"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return {
        "access_token": ".".join(part.rstrip("=") for part in encoded) + ".forged",
        "refresh_token": "forged",
        "expires_at": expires * 1000,
        "account_id": account,
    }


def healthy(port: int) -> bool:
    """Whether it serves: the port listens before the server is loaded."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return bool(listeners(port))
    except OSError:
        return False


async def _share_account(url: str) -> None:
    """Sign in once in a database that replicas share."""
    from codex2api.store import tokenform
    from codex2api.store.shared import SharedStore

    shared = SharedStore(url, [_SECRET])
    await shared.database.open()
    await shared.accounts.add(tokenform.read("default", json.dumps(forged_tokens(0)).encode()))
    await shared.close()


async def _fill_database(home: Path, setup: Setup) -> str:
    """Through the product's own stores."""
    from codex2api.callers.grants import NO_GRANTS
    from codex2api.callers.keys import new_key
    from codex2api.conversations import StoredResponse
    from codex2api.store.opened import open_state

    now = time.time()
    state = await open_state(home / "data" / "codex2api.db", _LIFETIME, time.time)
    made = [new_key(f"key-{number}", NO_GRANTS, None, now) for number in range(setup.keys)]
    await asyncio.gather(*(state.keys.add(key) for _, key in made))
    for first in range(0, setup.responses, 500):
        some = range(first, min(first + 500, setup.responses))
        kept = [
            StoredResponse(f"resp_{number:032}", "local", int(now), "completed", _INPUT, _ANSWER)
            for number in some
        ]
        await asyncio.gather(*(state.responses.add(response) for response in kept))
    await state.close()
    return made[-1][0] if made else LOCAL_KEY
