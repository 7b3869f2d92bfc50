"""``scripts/smoke.py`` finds a good server good, and a bad one bad."""

import asyncio
import sys
from pathlib import Path

from tests.served import served

SMOKE = Path(__file__).parents[1] / "scripts" / "smoke.py"


async def smoke(*arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, SMOKE, *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_a_good_server_passes(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        code, said = await smoke("--url", product.url, "--key", product.key)

    assert code == 0, said
    assert [line.split()[0] for line in said.splitlines()] == ["ok"] * 7


async def test_without_a_sign_in_it_says_what_is_missing(tmp_path: Path) -> None:
    async with served(tmp_path, signed_in=False) as product:
        code, said = await smoke("--url", product.url, "--key", product.key)

    assert code == 1
    assert "FAILED  ready: status 503" in said
    assert "ok      health" in said


async def test_with_a_wrong_key_nothing_but_health_passes(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        code, said = await smoke("--url", product.url, "--key", "sk-wrong")

    passed = [line.split()[1] for line in said.splitlines() if line.startswith("ok")]
    assert code == 1
    assert passed == ["health:", "ready:", "shut_without_key:"]
