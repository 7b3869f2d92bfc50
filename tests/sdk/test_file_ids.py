"""Uploaded files named in requests: what the model gets is their content."""

import base64
import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.sdk.pictures import PNG
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OTHER = "sk-other-0123456789abcdef"
LIMIT = 200_000
SETTINGS: dict[str, Any] = {"server.apiKeys": [OTHER], "server.maxBodyBytes": LIMIT}


async def upload(client: AsyncOpenAI, name: str, content: bytes) -> str:
    return (await client.files.create(file=(name, content), purpose="user_data")).id


def data_url(media: str, content: bytes) -> str:
    return f"data:{media};base64,{base64.b64encode(content).decode()}"


def said(product: Served) -> list[Any]:
    """The parts of the last message that the backend got."""
    body = json.loads(product.simulator.requests("/codex/responses")[-1].body)
    return list(body["input"][-1]["content"])


def chat(*parts: Any) -> Any:
    text = {"type": "text", "text": "look"}
    return {"model": "gpt-5.5", "messages": [{"role": "user", "content": [text, *parts]}]}


def response(*parts: Any) -> Any:
    return {"model": "gpt-5.5", "input": [{"role": "user", "content": list(parts)}]}


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("report.pdf", PDF, "application/pdf"),
        ("report", PDF, "application/pdf"),
        ("data.csv", b"a,b\n1,2\n", "text/csv"),
        ("main.rs", "// grüße\n".encode(), "text/plain"),
        (
            "letter.docx",
            b"PK\x03\x04....",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
async def test_a_document_in_chat_and_responses(
    client: AsyncOpenAI, product: Served, name: str, content: bytes, media: str
) -> None:
    file_id = await upload(client, name, content)
    sent = {"type": "input_file", "filename": name, "file_data": data_url(media, content)}

    await client.chat.completions.create(**chat({"type": "file", "file": {"file_id": file_id}}))
    assert said(product)[1] == sent
    await client.responses.create(**response({"type": "input_file", "file_id": file_id}))
    assert said(product) == [sent]


async def test_an_image_in_both(client: AsyncOpenAI, product: Served) -> None:
    file_id = await upload(client, "no-suffix", PNG)
    part = {"type": "input_image", "file_id": file_id, "detail": "low"}
    sent = {"type": "input_image", "image_url": data_url("image/png", PNG), "detail": "low"}

    await client.responses.create(**response(part))
    assert said(product) == [sent]
    await client.chat.completions.create(**chat(part))
    assert said(product)[1] == sent


async def test_in_a_stream_several_times_and_in_what_a_tool_returned(
    client: AsyncOpenAI, product: Served
) -> None:
    file_id = await upload(client, "a.txt", b"text")
    part = {"type": "input_file", "file_id": file_id}
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c", "output": [part]}
    asked: Any = [{"role": "user", "content": [part, part]}, call, output]

    stream = await client.responses.create(model="gpt-5.5", input=asked, stream=True)
    assert [event.type async for event in stream][-1] == "response.completed"

    body = json.loads(product.simulator.requests("/codex/responses")[-1].body)
    sent = {
        "type": "input_file",
        "filename": "a.txt",
        "file_data": data_url("text/plain", b"text"),
    }
    assert body["input"][0]["content"] == [sent, sent]
    assert body["input"][2]["output"] == [sent]


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "file", "file": {"file_id": "file-none"}}, "messages[0].content[1].file.file_id"),
        ({"type": "input_file", "file_id": "../x"}, "messages[0].content[1].file_id"),
        ({"type": "input_image", "file_id": ""}, "messages[0].content[1].file_id"),
        (
            {"type": "file", "file": {"file_id": "file-none", "file_data": "YQ=="}},
            "messages[0].content[1].file.file_id",
        ),
    ],
)
async def test_an_unknown_file_is_named_by_its_place(
    client: AsyncOpenAI, part: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(**chat(part))

    assert caught.value.param == param


async def test_in_responses_likewise(client: AsyncOpenAI) -> None:
    for name in ("file-none", 7):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.responses.create(**response({"type": "input_file", "file_id": name}))
        assert caught.value.param == "input[0].content[0].file_id"


async def test_another_keys_file_is_unknown(client: AsyncOpenAI, product: Served) -> None:
    file_id = await upload(client, "a.txt", b"text")
    async with AsyncOpenAI(base_url=product.v1, api_key=OTHER, max_retries=0) as other:
        with pytest.raises(openai.BadRequestError) as caught:
            await other.responses.create(**response({"type": "input_file", "file_id": file_id}))

    assert caught.value.code == "file_not_found"


@pytest.mark.parametrize(
    ("name", "content", "kind", "says"),
    [
        ("a.png", PNG, "input_file", "is an image"),
        ("a.zip", b"PK\x03\x04\0\xff", "input_file", "neither a document nor text"),
        ("a.pdf", b"not a PDF", "input_file", "neither a document nor text"),
        ("a.txt", b"text", "input_image", "expected a PNG"),
    ],
)
async def test_a_file_of_an_unsuitable_type_is_refused(
    client: AsyncOpenAI, name: str, content: bytes, kind: str, says: str
) -> None:
    file_id = await upload(client, name, content)
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(**response({"type": kind, "file_id": file_id}))

    assert caught.value.param == "input[0].content[0].file_id"
    assert says in caught.value.message


async def test_files_together_may_not_be_larger_than_a_body(client: AsyncOpenAI) -> None:
    parts = [
        {"type": "input_file", "file_id": await upload(client, "a.txt", b"x" * (LIMIT // 2 + n))}
        for n in (0, 1)
    ]
    with pytest.raises(openai.APIStatusError) as caught:
        await client.responses.create(**response(*parts))

    assert caught.value.status_code == 413
    assert "server.maxBodyBytes" in caught.value.message


async def test_an_image_is_edited_by_its_id(client: AsyncOpenAI, product: Served) -> None:
    file_id = await upload(client, "a.png", PNG)
    body = {"prompt": "by night", "images": [{"file_id": file_id}]}

    await client.post("/images/edits", cast_to=object, body=body)

    sent = json.loads(product.simulator.requests("/images/edits")[-1].body)
    assert sent["images"] == [{"image_url": data_url("image/png", PNG)}]
    for images, param in (
        ([{"file_id": "file-none"}], "images[0].file_id"),
        ([{"file_id": file_id, "image_url": "https://x.example/"}], "images[0]"),
        ([{"file_id": await upload(client, "a.txt", b"x")}], "images[0].file_id"),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.post("/images/edits", cast_to=object, body=body | {"images": images})
        assert caught.value.param == param


async def test_a_conversation_goes_on_with_the_files_it_began_with(
    client: AsyncOpenAI, product: Served
) -> None:
    file_id = await upload(client, "a.txt", b"text")
    part: Any = {"type": "input_file", "file_id": file_id}
    first = await client.responses.create(**response(part))
    listed = await client.responses.input_items.list(first.id)
    await client.responses.create(model="gpt-5.5", input="go on", previous_response_id=first.id)

    body = json.loads(product.simulator.requests("/codex/responses")[-1].body)
    assert body["input"][0]["content"] == [
        {"type": "input_file", "filename": "a.txt", "file_data": data_url("text/plain", b"text")}
    ]
    kept: Any = listed.data[0]
    assert kept.content[0].file_id == file_id
    assert kept.content[0].file_data is None

    await client.files.delete(file_id)
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(model="gpt-5.5", input="go on", previous_response_id=first.id)
    assert caught.value.param == "previous_response_id[0].content[0].file_id"
