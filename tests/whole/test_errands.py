"""Images with two accounts, and on a server without keys."""

import json
from pathlib import Path

import httpx2

from tests.served import Served, served


def add_account(product: Served, label: str) -> None:
    """Sign another account in, beside the first."""
    data = product.home / "data"
    minted = product.simulator.make_tokens(label)
    tokens = json.loads((data / "tokens.json").read_text())
    tokens |= {name: minted[name] for name in ("access_token", "refresh_token", "account_id")}
    (data / f"tokens.{label}.json").write_text(
        json.dumps(tokens | {"id_token": minted["id_token"]})
    )
    (data / f"tokens.{label}.json").chmod(0o600)


async def test_a_full_account_is_left_for_another(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        add_account(product, "work")
        wish = {"prompt": "SCENARIO:usage_limit:times=1", "n": 1}
        served_by = set()
        for _ in range(3):
            answer = await client.post("/images/generations", json=wish)
            assert answer.status_code == 200, answer.text
            served_by.add(answer.headers["x-codex2api-account"])

        assert len(product.simulator.requests("/images/generations")) == 4
        assert len(served_by) == 1, "the full account rests"


async def test_a_named_account_alone_serves(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        add_account(product, "work")
        for label in ("work", "default"):
            headers = {"x-codex2api-account": label}
            answer = await client.post("/images/generations", json={"prompt": "x"}, headers=headers)
            assert answer.headers["x-codex2api-account"] == label
        answer = await client.post(
            "/images/generations", json={"prompt": "x"}, headers={"x-codex2api-account": "nobody"}
        )
        assert answer.json()["error"]["code"] == "no_account"


async def test_without_keys_a_form_still_needs_a_header_that_pages_cannot_send(
    tmp_path: Path,
) -> None:
    upload = {"data": {"purpose": "user_data"}, "files": {"file": ("a.txt", b"a")}}
    async with (
        served(tmp_path, **{"server.auth": "none"}) as product,
        httpx2.AsyncClient(base_url=product.v1) as client,
    ):
        refused = await client.post("/files", **upload)
        assert (refused.status_code, refused.json()["error"]["param"]) == (415, "content-type")
        taken = await client.post("/files", **upload, headers={"authorization": "Bearer any"})
        assert taken.status_code == 200
        page = {"authorization": "Bearer any", "origin": "https://evil.example"}
        assert (await client.post("/files", **upload, headers=page)).status_code == 403
