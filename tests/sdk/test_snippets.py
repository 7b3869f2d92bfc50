"""What ``codex2api connect`` tells people to run is run; more clients: ``scripts/snippets.py``."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from codex2api.connect import Setup, client_named
from codex2api.connect.values import KEY_VARIABLE
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "gpt-5.5"


def program(name: str, product: Served) -> str:
    return client_named(name).snippets(Setup(product.v1, MODEL))[0].text


async def run(product: Served, *command: str) -> str:
    """What a command prints that finds the key in its variable."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
    process = await asyncio.create_subprocess_exec(
        *command,
        env=kept | {KEY_VARIABLE: product.key},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said.decode()


async def test_curl(product: Served) -> None:
    said = await run(product, "sh", "-c", program("curl", product))
    assert "This is a simulated answer. You said: Say hello." in said


@pytest.mark.parametrize("client", ["openai-python", "anthropic-python"])
async def test_a_python_client(product: Served, tmp_path: Path, client: str) -> None:
    file = tmp_path / "hello.py"
    file.write_text(program(client, product))
    said = await run(product, sys.executable, str(file))
    assert said.startswith("This is a simulated answer. You said: Say hello.")
