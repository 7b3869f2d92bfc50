"""Images and transcripts: what is taken, what is refused."""

import base64
import io
from typing import Any

import aiohttp
import pytest

from tests.simulator.asking import Answered, Client

IMAGE = {"image_url": "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n.").decode()}
WISH = {"prompt": "a cat", "model": "gpt-image-2"}


async def ask(sim: Client, path: str, **kwargs: Any) -> Answered:
    return await sim.post(f"/backend-api{path}", headers=sim.headers(), **kwargs)


async def test_one_image_whatever_n_says(sim: Client) -> None:
    answer = await ask(sim, "/codex/images/generations", json=WISH | {"n": 3, "size": "17x17"})

    assert answer.status == 200
    assert len(answer.json["data"]) == 1
    assert base64.b64decode(answer.json["data"][0]["b64_json"]).startswith(b"\x89PNG")
    assert (answer.json["size"], answer.json["quality"]) == ("1024x1024", "medium")
    assert answer.headers["x-codex-plan-type"] == "plus"


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": ""},
        {"model": None},
        {"mask": IMAGE},
        {"images": []},
        {"images": [IMAGE] * 6},
        {"images": [{"image_url": "data:image/png;base64,AAAA"}]},
    ],
)
async def test_bad_edits_are_refused(sim: Client, wrong: dict[str, Any]) -> None:
    answer = await ask(sim, "/codex/images/edits", json=WISH | {"images": [IMAGE]} | wrong)

    assert answer.status == 400


async def test_a_transcript(sim: Client) -> None:
    form = aiohttp.FormData({"language": "de"})
    form.add_field("file", io.BytesIO(b"sound"), filename="a.mp3", content_type="audio/mpeg")
    answer = await ask(sim, "/transcribe", data=form)

    said = "This is a simulated transcript of 5 bytes of audio/mpeg. Its language is de."
    assert answer.json == {"text": said}


@pytest.mark.parametrize(("data", "status"), [({"model": "x"}, 400), ({}, 422)])
async def test_bad_forms_are_refused(sim: Client, data: dict[str, str], status: int) -> None:
    form = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in ({"prompt": "p"} | data).items()
    )
    headers = sim.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await sim.post("/backend-api/transcribe", data=f"{form}--b--\r\n", headers=headers)

    assert answer.status == status


async def test_a_stranger_is_refused(sim: Client) -> None:
    for path in ("/codex/images/generations", "/codex/images/edits", "/transcribe"):
        assert (await sim.post(f"/backend-api{path}", json=WISH)).status == 401


async def test_a_fault_comes_as_often_as_it_is_told(sim: Client) -> None:
    wish = WISH | {"prompt": "SCENARIO:unavailable:times=1"}
    first = await ask(sim, "/codex/images/generations", json=wish)
    second = await ask(sim, "/codex/images/generations", json=wish)

    assert (first.status, second.status) == (503, 200)
