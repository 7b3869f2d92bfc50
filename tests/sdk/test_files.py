"""``client.files`` of the official Python SDK against the product."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from tests.conformance.published import check_answer
from tests.sdk.keys import sdk
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "sk-other-0123456789abcdef"
LIMIT = 3_000_000
SETTINGS = {
    "server.apiKeys": [OTHER],
    "store.maxFileBytes": LIMIT,
    "server.maxBodyBytes": 2048,
}


@pytest_asyncio.fixture(loop_scope="module")
async def owner(product: Served) -> AsyncIterator[AsyncOpenAI]:
    async with sdk(product, product.key) as its_owner:
        yield its_owner


@pytest_asyncio.fixture(loop_scope="module")
async def client(product: Served) -> AsyncIterator[AsyncOpenAI]:
    async with sdk(product, OTHER) as caller:
        yield caller
        for file in (await caller.files.list()).data:
            await caller.files.delete(file.id)


def on_disk(product: Served) -> list[str]:
    folder = product.home / "data" / "files"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def test_the_life_of_a_file(client: AsyncOpenAI, product: Served) -> None:
    content = bytes(range(256)) * 10_000
    made = await client.files.create(file=("notes.pdf", content), purpose="user_data")

    assert made.model_dump(exclude={"id", "created_at"}) == {
        "object": "file",
        "bytes": len(content),
        "filename": "notes.pdf",
        "purpose": "user_data",
        "status": "processed",
        "expires_at": None,
        "status_details": None,
    }
    assert await client.files.retrieve(made.id) == made
    read = await client.files.content(made.id)
    assert read.content == content
    assert read.response.headers["content-type"] == "application/octet-stream"
    assert read.response.headers["content-disposition"] == 'attachment; filename="notes.pdf"'
    assert read.response.headers["x-content-type-options"] == "nosniff"
    [name] = on_disk(product)
    assert (product.home / "data" / "files" / name).stat().st_mode & 0o777 == 0o600
    assert (product.home / "data" / "files").stat().st_mode & 0o777 == 0o700

    gone = await client.files.delete(made.id)

    assert (gone.id, gone.deleted) == (made.id, True)
    assert on_disk(product) == []
    with pytest.raises(openai.NotFoundError):
        await client.files.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        await client.files.content(made.id)


async def test_files_are_listed_in_pages(client: AsyncOpenAI) -> None:
    purposes: list[Any] = ["vision", "user_data", "vision", "batch", "vision"]
    made = [
        (await client.files.create(file=(f"{n}.txt", b"x"), purpose=purpose)).id
        for n, purpose in enumerate(purposes)
    ]

    assert [file.id for file in (await client.files.list()).data] == made[::-1]
    assert [file.id async for file in client.files.list(limit=2, order="asc")] == made
    vision = await client.files.list(purpose="vision", order="asc", limit=2)
    assert [file.id for file in vision.data] == [made[0], made[2]]
    assert vision.has_more
    assert [file.id for file in (await client.files.list(after=made[3])).data] == made[2::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "limit=x", "order=up"])
async def test_bad_queries_are_refused_by_name(product: Served, query: str) -> None:
    async with (
        aiohttp.ClientSession(headers=product.bearer) as http,
        http.get(f"{product.v1}/files?{query}") as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"]["param"] == query.partition("=")[0]


async def test_an_empty_list(client: AsyncOpenAI) -> None:
    assert (await client.files.list()).data == []


async def test_a_file_belongs_to_its_key_and_the_owner_sees_all(
    client: AsyncOpenAI, owner: AsyncOpenAI
) -> None:
    mine = await client.files.create(file=("a.txt", b"a"), purpose="assistants")
    owners = await owner.files.create(file=("b.txt", b"b"), purpose="assistants")

    assert [file.id for file in (await client.files.list()).data] == [mine.id]
    assert [file.id for file in (await owner.files.list()).data] == [owners.id, mine.id]
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            await call(owners.id)
    assert (await owner.files.content(mine.id)).content == b"a"
    await owner.files.delete(owners.id)


async def test_a_file_that_expires(client: AsyncOpenAI) -> None:
    made = await client.files.create(
        file=("a.txt", b"a"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )

    assert made.expires_at == made.created_at + 3600


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\boot.ini", "boot.ini"),
        ("grüße 1.txt", "grüße 1.txt"),
    ],
)
async def test_a_path_in_the_name_is_no_path_of_ours(
    client: AsyncOpenAI, product: Served, name: str, kept: str
) -> None:
    made = await client.files.create(file=(name, b"x"), purpose="user_data")

    assert made.filename == kept
    assert len(on_disk(product)) == 1


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"purpose": "world domination"}, "purpose"),
        ({"file": ("empty.txt", b"")}, "file"),
        ({"file": ("..", b"x")}, "file"),
        ({"file": ("x" * 300, b"x")}, "file"),
        ({"expires_after": {"anchor": "created_at", "seconds": 59}}, "expires_after.seconds"),
        ({"expires_after": {"anchor": "now", "seconds": 3600}}, "expires_after.anchor"),
    ],
)
async def test_bad_uploads_are_refused_by_name(
    client: AsyncOpenAI, product: Served, given: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.files.create(**({"file": ("a.txt", b"x"), "purpose": "user_data"} | given))

    assert caught.value.param == param
    assert on_disk(product) == []


async def test_a_file_may_be_larger_than_a_body_but_not_than_its_own_limit(
    client: AsyncOpenAI, product: Served
) -> None:
    made = await client.files.create(file=("a", b"x" * LIMIT), purpose="user_data")
    assert made.bytes == LIMIT
    for size in (LIMIT + 1, 2 * LIMIT):
        with pytest.raises(openai.APIStatusError) as caught:
            await client.files.create(file=("a", b"x" * size), purpose="user_data")
        assert caught.value.status_code == 413
        assert "store.maxFileBytes" in caught.value.message
    assert len(on_disk(product)) == 1


async def post(product: Served, data: Any, **headers: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(headers=product.bearer | headers) as http,
        http.post(f"{product.v1}/files", data=data) as answer,
    ):
        return answer.status, (await answer.json())["error"]


def form(**files: bytes) -> aiohttp.FormData:
    data = aiohttp.FormData({"purpose": "user_data"}, default_to_multipart=True)
    for name, content in files.items():
        data.add_field(name, io.BytesIO(content), filename="a.txt")
    return data


async def test_hostile_forms_are_refused_and_leave_nothing(product: Served) -> None:
    twice = form(file=b"x")
    twice.add_field("file", io.BytesIO(b"y"), filename="b.txt")
    crowd = aiohttp.FormData([(f"p{n}", "x") for n in range(1000)], default_to_multipart=True)
    text = aiohttp.FormData(
        [("purpose", "user_data"), ("note", "x" * 100_000)], default_to_multipart=True
    )
    for data in (form(), form(document=b"x"), twice, crowd, text, b"no form"):
        headers = (
            {}
            if isinstance(data, aiohttp.FormData)
            else {"content-type": "multipart/form-data; boundary=x"}
        )
        status, error = await post(product, data, **headers)
        assert (status, error["type"]) == (400, "invalid_request_error"), error
    assert on_disk(product) == []


async def test_a_page_cannot_upload(product: Served) -> None:
    status, error = await post(product, form(file=b"x"), origin="https://evil.example")
    assert (status, error["code"]) == (403, "forbidden")
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{product.v1}/files", data=form(file=b"x")) as answer,
    ):
        assert answer.status == 415


async def test_an_upload_that_is_cut_leaves_nothing(product: Served) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield b"x" * 2_000_000
        raise ConnectionError

    headers = product.bearer | {"content-type": "multipart/form-data; boundary=x"}
    async with aiohttp.ClientSession(headers=headers) as http:
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await http.post(f"{product.v1}/files", data=half())
        async with http.get(f"{product.v1}/files") as answer:
            assert (await answer.json())["data"] == []
    async with asyncio.timeout(10):
        while on_disk(product):  # noqa: ASYNC110 - the server hears of it in its own time
            await asyncio.sleep(0.01)


async def test_every_answer_is_of_the_published_schema(product: Served) -> None:
    async with aiohttp.ClientSession(f"{product.v1}/", headers=product.bearer) as http:
        async with http.get("files") as answer:
            check_answer(await answer.json(), "/files", "get")
        async with http.post("files", data=form(file=b"x")) as answer:
            made = await answer.json()
            check_answer(made, "/files", "post")
        async with http.get("files") as answer:
            check_answer(await answer.json(), "/files", "get")
        async with http.get(f"files/{made['id']}") as answer:
            check_answer(await answer.json(), "/files/{file_id}", "get")
        async with http.delete(f"files/{made['id']}") as answer:
            check_answer(await answer.json(), "/files/{file_id}", "delete")


async def test_unknown_fields_are_named(product: Served) -> None:
    data = form(file=b"x")
    data.add_field("mood", "good")
    async with aiohttp.ClientSession(headers=product.bearer) as http:
        async with http.post(f"{product.v1}/files", data=data) as answer:
            assert answer.headers["x-codex2api-dropped"] == "mood"
            made = await answer.json()
        await http.delete(f"{product.v1}/files/{made['id']}")
