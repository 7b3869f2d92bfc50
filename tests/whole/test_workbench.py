"""What the pages ask that help to use the server: for the owner, and nobody else."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.served import Served, served


async def asked(product: Served, method: str, path: str, **how: Any) -> httpx2.Response:
    headers = {**product.bearer, **how.pop("headers", {})}
    async with httpx2.AsyncClient(base_url=product.url, headers=headers) as http:
        return await http.request(method, path, timeout=60, **how)


async def test_models_come_with_their_prices(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        told = (await asked(product, "GET", "/admin/api/models")).json()
        listed = (await asked(product, "GET", "/v1/models")).json()["data"]
    assert told["live"] is True
    shown = [model["id"] for model in told["models"] if not model["hidden"]]
    assert shown == [model["id"] for model in listed]
    known = next(model for model in told["models"] if model["id"] == "gpt-5.5")
    assert known["aliases"] == [f"gpt-5.5-{effort}" for effort in known["reasoning_efforts"]]
    price = known["price"]
    assert 0 < price["cached_input"] < price["input"] < price["output"]


async def test_before_the_sign_in_the_models_are_the_packaged_ones(tmp_path: Path) -> None:
    async with served(tmp_path, signed_in=False) as product:
        told = (await asked(product, "GET", "/admin/api/models")).json()
    assert told["live"] is False
    assert "gpt-5.2" in [model["id"] for model in told["models"]]


def addresses(told: dict[str, Any]) -> dict[str, str]:
    return {client["name"]: client["base_url"] for client in told["clients"]}


async def clients(product: Served, origin: str, **how: Any) -> dict[str, Any]:
    query = {"model": "gpt-5.5-high", "origin": origin}
    answer = await asked(product, "GET", "/admin/api/connect", params=query, **how)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_clients_get_the_address_that_led_here(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        here = addresses(await clients(product, "http://localhost:8080"))
        public = addresses(await clients(product, "https://codex.example"))
        near = addresses(await clients(product, "http://nas.lan:3000"))
    assert here["curl"] == "http://127.0.0.1:8080/v1"
    assert here["open-webui"] == "http://host.docker.internal:8080/v1"
    assert here["cursor"] == "https://YOUR-SERVER.example/v1"
    assert set(public.values()) == {"https://codex.example/v1"}
    assert near["curl"] == near["open-webui"] == "http://nas.lan:3000/v1"
    assert near["cursor"] == "https://YOUR-SERVER.example/v1"


async def test_snippets_have_the_model_and_a_place_for_the_key(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        told = await clients(product, product.url)
    assert (told["key_placeholder"], told["key_wanted"]) == ("YOUR_KEY", True)
    for client in told["clients"]:
        text = "".join(snippet["text"] for snippet in client["snippets"])
        assert "YOUR_KEY" in text or client["name"] in ("llm", "zed")  # these ask for it
        assert product.key not in text
    codex = next(client for client in told["clients"] if client["name"] == "codex")
    assert codex["writes"] is True
    assert any('model = "gpt-5.5-high"' in snippet["text"] for snippet in codex["snippets"])


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"model": 'x" ; rm', "origin": "http://127.0.0.1:3000"}, "model"),
        ({"model": "gpt-5.5", "origin": "http://[::1"}, "origin"),
        ({"model": "gpt-5.5", "origin": "javascript:alert(1)"}, "origin"),
        ({"model": "gpt-5.5"}, "origin"),
    ],
)
async def test_what_cannot_be_pasted_is_refused(
    tmp_path: Path, query: dict[str, str], param: str
) -> None:
    async with served(tmp_path) as product:
        answer = await asked(product, "GET", "/admin/api/connect", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_usage_as_a_spreadsheet(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        body = {"model": "gpt-5.5", "input": "Hi"}
        await asked(product, "POST", "/v1/responses", json=body)
        async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
            told = (await http.get("/admin/api/usage?by=model")).json()
            while not told["groups"]:  # written behind the answer
                told = (await http.get("/admin/api/usage?by=model")).json()
            sheet = await http.get("/admin/api/usage.csv?by=model")
    assert sheet.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert sheet.headers["content-disposition"] == (
        'attachment; filename="codex2api-usage-model.csv"'
    )
    head, line, end = sheet.text.split("\r\n")
    cells = dict(zip(head.split(","), line.split(","), strict=True))
    group = told["groups"][0]
    assert (cells["id"], int(cells["input_tokens"])) == ("gpt-5.5", group["input_tokens"])
    assert end == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/api/models"),
        ("GET", "/admin/api/connect?model=x&origin=http://127.0.0.1:3000"),
        ("POST", "/admin/api/server/doctor"),
        ("GET", "/admin/api/usage.csv"),
    ],
)
async def test_a_client_key_is_not_enough(tmp_path: Path, method: str, path: str) -> None:
    async with served(tmp_path) as product:
        made = await asked(product, "POST", "/admin/api/keys", json={"name": "laptop"})
        bearer = {"authorization": f"Bearer {made.json()['key']}"}
        answer = await asked(product, method, path, headers=bearer)
    assert answer.status_code == 401


async def test_the_doctor_finds_what_is_wrong(tmp_path: Path) -> None:
    async with served(tmp_path, signed_in=False) as product:
        told = (await asked(product, "POST", "/admin/api/server/doctor")).json()["findings"]
    nobody = next(finding for finding in told if finding["check"] == "account")
    assert (nobody["verdict"], nobody["remedy"]) == ("problem", "codex2api login")
    assert {"python", "home", "database", "upstream", "clock"} <= {each["check"] for each in told}
