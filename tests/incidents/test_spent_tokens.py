"""Refresh tokens that were used twice, and saves that lost what they replaced.

CLIProxyAPI #3783, codex-lb #1085, raine/claude-code-proxy #42, OmniRoute #2941: parallel refreshes
burn tokens that work once, and the loser deletes what the winner saved. openclaw #88029,
anthropics/claude-code #28809 and #55780: a file that is written in place is emptied by a full disk.
"""

import asyncio
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from codex2api.store.durable import write_private
from tests.served import served

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}


async def test_an_expired_token_is_refreshed_once_for_all(tmp_path: Path) -> None:
    async with (
        served(tmp_path, seconds=-10) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer, timeout=60) as client,
    ):
        before = json.loads((tmp_path / "data" / "tokens.json").read_text())
        answers = await asyncio.gather(
            *[client.post("/v1/chat/completions", json=ASK) for _ in range(40)]
        )
        after = json.loads((tmp_path / "data" / "tokens.json").read_text())
        spent = product.simulator.requests("/oauth/token", "POST")

    assert {answer.status_code for answer in answers} == {200}
    assert len(spent) == 1
    assert after["refresh_token"] != before["refresh_token"]


@contextmanager
def a_full_disk() -> Iterator[None]:
    """No file can grow; the way a full disk looks to root as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_costs_no_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    write_private(file, b"old")

    with a_full_disk(), pytest.raises(OSError, match="large"):
        write_private(file, b"new and longer")

    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]
