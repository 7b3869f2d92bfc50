"""``client.images`` of the official Python SDK against the product."""

import asyncio
import base64
import io
import json
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from tests.conformance.published import check_answer
from tests.sdk.pictures import GIF, PNG
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA_URL = "data:image/png;base64," + base64.b64encode(PNG).decode()
SETTINGS: dict[str, Any] = {"backend.idleTimeout": 1500, "server.maxBodyBytes": 100_000}


def sent(product: Served, path: str) -> list[Any]:
    return [json.loads(request.body) for request in product.simulator.requests(path)]


async def test_an_image_is_generated(client: AsyncOpenAI, product: Served) -> None:
    answer = await client.images.generate(
        model="gpt-image-2", prompt="a grey square", size="1024x1536", background="opaque"
    )

    assert answer.data is not None
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(b"\x89PNG")
    assert (answer.size, answer.quality, answer.background, answer.output_format) == (
        "1024x1536",
        "medium",
        "opaque",
        "png",
    )
    assert answer.usage is not None
    assert answer.usage.total_tokens == 1003
    assert sent(product, "/images/generations") == [
        {
            "prompt": "a grey square",
            "model": "gpt-image-2",
            "size": "1024x1536",
            "background": "opaque",
        }
    ]


async def test_the_backends_own_fields_do_not_reach_the_caller(client: AsyncOpenAI) -> None:
    raw = await client.images.with_raw_response.generate(prompt="x")

    body = json.loads(raw.http_response.content)
    assert set(body) == {
        *("created", "data", "background", "output_format", "quality", "size", "usage")
    }
    assert set(body["data"][0]) == {"b64_json"}
    check_answer(body, "/images/generations", "post")


async def test_several_images_are_several_requests_with_their_usage_added_up(
    client: AsyncOpenAI, product: Served
) -> None:
    raw = await client.images.with_raw_response.generate(prompt="three squares", n=3)

    answer = raw.parse()
    assert answer.data is not None
    assert len(answer.data) == 3
    assert answer.usage is not None
    assert answer.usage.output_tokens == 3000
    assert answer.usage.input_tokens_details.text_tokens == 6
    assert raw.headers["x-codex2api-emulated"] == "n"
    assert (
        sent(product, "/images/generations")
        == [{"prompt": "three squares", "model": "gpt-image-2"}] * 3
    )


async def test_what_is_not_heeded_is_named(client: AsyncOpenAI) -> None:
    raw = await client.images.with_raw_response.generate(
        model="dall-e-3",
        prompt="x",
        size="512x512",
        quality="hd",
        style="vivid",
        response_format="url",
        output_format="jpeg",
        user="me",
    )

    assert raw.headers["x-codex2api-adjusted"] == (
        "model:dall-e-3->gpt-image-2, quality:hd->high, size:512x512->1024x1024"
    )
    assert raw.headers["x-codex2api-dropped"] == "output_format, response_format, style, user"
    assert raw.headers["openai-model"] == "gpt-image-2"
    assert raw.headers["x-codex2api-account"] == "default"
    assert raw.headers["x-ratelimit-reset-requests"].endswith("s")
    data = raw.parse().data
    assert data is not None
    assert data[0].url is None


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"response_format": "url"}, "response_format"),
        ({"output_format": "webp"}, "output_format"),
        ({"model": "dall-e-2"}, "model"),
    ],
)
async def test_strict_mode_refuses_what_is_not_honoured(
    client: AsyncOpenAI, product: Served, given: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.generate(prompt="x", **given, extra_headers={"x-codex2api-strict": "1"})

    assert caught.value.param == param
    assert sent(product, "/images/generations") == []


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"stream": True}, "stream"),
        ({"n": 11}, "n"),
        ({"n": 0}, "n"),
        ({"size": "big"}, "size"),
        ({"quality": "best"}, "quality"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
    ],
)
async def test_a_bad_wish_is_refused_by_name(client: AsyncOpenAI, given: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.generate(**({"prompt": "x"} | given))

    assert caught.value.param == param


async def test_a_model_that_makes_no_images_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.images.generate(prompt="x", model="gpt-5.5")

    assert caught.value.code == "model_not_found"
    assert "gpt-image-2" in caught.value.message


async def test_images_are_edited(client: AsyncOpenAI, product: Served) -> None:
    answer = await client.images.edit(
        image=[("a.png", PNG), ("../../b.gif", GIF)], prompt="join them", n=2, model="gpt-image-1"
    )

    assert answer.data is not None
    assert len(answer.data) == 2
    gif = "data:image/gif;base64," + base64.b64encode(GIF).decode()
    assert (
        sent(product, "/images/edits")
        == [
            {
                "prompt": "join them",
                "model": "gpt-image-2",
                "images": [{"image_url": DATA_URL}, {"image_url": gif}],
            }
        ]
        * 2
    )


async def test_one_image_is_edited(client: AsyncOpenAI, product: Served) -> None:
    answer = await client.images.edit(image=PNG, prompt="again", size="1536x1024")

    assert answer.size == "1536x1024"
    assert sent(product, "/images/edits")[0]["images"] == [{"image_url": DATA_URL}]


async def test_the_json_form_of_an_edit(product: Served) -> None:
    body = {"prompt": "again", "images": [{"image_url": DATA_URL}], "input_fidelity": "low"}
    async with (
        aiohttp.ClientSession(headers=product.bearer) as http,
        http.post(f"{product.v1}/images/edits", json=body) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["x-codex2api-dropped"] == "input_fidelity"
        body = await answer.json()
    assert len(body["data"]) == 1
    check_answer(body, "/images/edits", "post")


@pytest.mark.parametrize(
    ("images", "param"),
    [
        ([], "images"),
        ([{}], "images[0].image_url"),
        ([{"image_url": "file:///etc/passwd"}], "images[0].image_url"),
        ([{"image_url": DATA_URL}] * 6, "images"),
        ("x", "images"),
    ],
)
async def test_bad_references_are_refused(product: Served, images: Any, param: str) -> None:
    async with (
        aiohttp.ClientSession(headers=product.bearer) as http,
        http.post(f"{product.v1}/images/edits", json={"prompt": "x", "images": images}) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"]["param"] == param


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"mask": PNG}, "mask"),
        ({"image": b"%PDF-1.4"}, "image"),
        ({"image": [PNG, b""]}, "image[1]"),
        ({"image": [PNG] * 6}, "image"),
        ({"stream": True}, "stream"),
    ],
)
async def test_a_bad_edit_is_refused_by_name(
    client: AsyncOpenAI, product: Served, given: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.edit(**({"image": PNG, "prompt": "x"} | given))

    assert caught.value.param == param
    assert sent(product, "/images/edits") == []


async def test_variations_are_not_to_be_had(product: Served) -> None:
    form = aiohttp.FormData({"image": io.BytesIO(PNG)})
    async with (
        aiohttp.ClientSession(headers=product.bearer) as http,
        http.post(f"{product.v1}/images/variations", data=form) as answer,
    ):
        assert answer.status == 501
        assert "variations" in (await answer.json())["error"]["message"]


async def test_a_refused_token_is_renewed_once(client: AsyncOpenAI, product: Served) -> None:
    await client.images.generate(prompt="SCENARIO:token_expired:times=1")

    assert len(sent(product, "/images/generations")) == 2
    assert product.simulator.state.refreshes.succeeded == 1


async def test_a_caller_who_leaves_ends_every_request(client: AsyncOpenAI, product: Served) -> None:
    streams = product.simulator.state.streams
    asking = asyncio.create_task(client.images.generate(prompt="SIM:first=60000", n=3))
    async with asyncio.timeout(10):
        while streams.running < 3:  # noqa: ASYNC110 - they begin in the server's own time
            await asyncio.sleep(0.01)
        asking.cancel()
        await streams.idle.wait()
    assert (streams.started, streams.finished) == (3, 0)


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("usage_not_included", 403, "usage_not_included"),
        ("policy:code=content_policy_violation", 400, "content_policy_violation"),
        ("http:status=500", 502, "upstream_unavailable"),
        ("cloudflare", 502, "upstream_blocked"),
        ("overloaded", 503, "server_is_overloaded"),
        ("hang", 504, "upstream_timeout"),
        ("too_large", 413, "request_too_large"),
        ("usage_limit", 429, "usage_limit_reached"),  # the last one: the account rests from here on
    ],
)
async def test_failures_are_told_as_everywhere(
    client: AsyncOpenAI, product: Served, scenario: str, status: int, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.images.generate(prompt=f"SCENARIO:{scenario}", n=2)

    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert product.key not in caught.value.response.text
