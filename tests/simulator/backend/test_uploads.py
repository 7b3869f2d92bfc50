"""Files on their way into the backend, and files in a request."""

from typing import Any

import pytest

from tests.simulator.asking import Answered, Client, classic, user

BLOB = {"x-ms-blob-type": "BlockBlob"}
WISH = {"file_name": "a.pdf", "file_size": 5, "use_case": "codex"}


async def ask(sim: Client, path: str, body: Any, label: str = "demo") -> Answered:
    headers = Client(sim.simulator, sim.http, label).headers()
    return await sim.post(f"/backend-api{path}", json=body, headers=headers)


async def put(sim: Client, url: str, content: bytes, headers: dict[str, str] = BLOB) -> int:
    async with sim.http.put(url, data=content, headers=headers) as answer:
        return answer.status


async def test_an_upload_in_three_steps(sim: Client) -> None:
    begun = (await ask(sim, "/files", WISH)).json
    done = f"/files/{begun['file_id']}/uploaded"
    assert (await ask(sim, done, {})).json["status"] == "error"
    assert await put(sim, begun["upload_url"], b"%PDF-") == 201
    assert (await ask(sim, done, {})).json == {"status": "retry"}
    assert (await ask(sim, done, {})).json == {
        "status": "success",
        "download_url": begun["upload_url"],
        "file_name": "a.pdf",
        "mime_type": "application/pdf",
        "file_size_bytes": 5,
    }
    async with sim.http.get(begun["upload_url"]) as answer:
        assert await answer.read() == b"%PDF-"
    assert (await ask(sim, done, {}, "other")).status == 404


@pytest.mark.parametrize(
    "wrong", [{"file_name": ""}, {"file_size": 0}, {"file_size": "5"}, {"use_case": "chat"}]
)
async def test_a_bad_beginning_is_refused(sim: Client, wrong: dict[str, Any]) -> None:
    assert (await ask(sim, "/files", WISH | wrong)).status == 422


async def test_a_bad_content_is_refused(sim: Client) -> None:
    url = (await ask(sim, "/files", WISH)).json["upload_url"]
    assert await put(sim, url, b"too long") == 400
    assert await put(sim, url, b"%PDF-", {}) == 400
    assert await put(sim, f"{url}x", b"%PDF-") == 404


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "input_file", "file_data": "data:text/plain;base64,aGk="}, "filename"),
        ({"type": "input_file", "filename": "a"}, "file_data"),
        ({"type": "input_file", "filename": "a", "file_data": "aGk="}, "file_data"),
        ({"type": "input_file", "filename": "a", "file_data": "data:;base64,!"}, "file_data"),
        ({"type": "input_image", "file_id": "file_1"}, "file_id"),
    ],
)
async def test_a_file_in_no_way_that_is_known_is_refused(
    sim: Client, part: dict[str, Any], param: str
) -> None:
    answer = await sim.ask(classic(user("look", part)))

    assert answer.status == 400
    assert answer.json["error"]["param"] == f"input[0].content[1].{param}"
