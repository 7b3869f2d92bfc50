"""The program of the official Python SDK, as ``make conformance`` runs it."""

import asyncio
import os
import sys
from pathlib import Path

from tests.served import Served, served

PROGRAM = Path(__file__).parents[2] / "scripts" / "clients" / "python_openai.py"


async def run(product: Served, key: str) -> tuple[int | None, list[str]]:
    """Exit code and words of the program."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PROGRAM,
        env=os.environ | {"OPENAI_BASE_URL": product.v1, "OPENAI_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode().splitlines()


async def test_a_good_server_passes(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        code, [version, *checks] = await run(product, product.key)

    assert code == 0, checks
    assert version.startswith("version ")
    assert len(checks) >= 20
    assert {line.split()[0] for line in checks} == {"ok"}


async def test_a_server_that_lets_nobody_in_fails(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        code, [_, *checks] = await run(product, "sk-wrong")

    assert code == 1
    assert sum(line.startswith("FAILED") for line in checks) >= 20
