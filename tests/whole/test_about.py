"""What the server tells its owner about itself, and nobody else."""

import time
from datetime import datetime
from pathlib import Path

import httpx2

from codex2api import __version__
from tests.keys import client_of
from tests.sdk.keys import ANNE, TWO_CALLERS
from tests.served import served


async def test_the_owner_hears_version_and_start(tmp_path: Path) -> None:
    before = time.time()
    async with served(tmp_path, **TWO_CALLERS) as product:
        async with httpx2.AsyncClient(base_url=product.url) as client:
            told = (await client.get("/admin/api/about", headers=product.bearer)).json()
            nobody = await client.get("/admin/api/about")
        async with client_of(product, ANNE) as client:
            anne = await client.get("/admin/api/about")

    started = datetime.fromisoformat(told["started_at"]).timestamp()
    assert (told["object"], told["version"]) == ("about", __version__)
    assert before - 1 <= started <= time.time() + 1
    assert (nobody.status_code, anne.status_code) == (401, 401)
