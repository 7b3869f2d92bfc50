"""Image wishes and answers as values."""

import json

import pytest

from codex2api.dialects.images.reply import image_reply
from codex2api.dialects.images.request import ImageWish, to_edit, to_generate
from codex2api.dialects.images.schema import GenerateImage
from codex2api.dialects.openai_picture import picture_url
from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Errand
from codex2api.protocol.json import encode


def test_a_bare_wish() -> None:
    assert to_generate(GenerateImage(prompt="p")) == ImageWish(
        Errand(
            "/codex/images/generations",
            "application/json",
            b'{"prompt":"p","model":"gpt-image-2"}',
            "gpt-image-2",
        ),
        count=1,
    )


def test_auto_is_nothing_to_be_missed() -> None:
    wish = to_generate(GenerateImage(prompt="p", size="auto", quality="standard", n=3))
    assert json.loads(wish.errand.body)["quality"] == "auto"
    assert (wish.asked, wish.count, wish.adjusted) == ({}, 3, ("quality:standard->auto",))


def test_an_edit_needs_one_to_five_images() -> None:
    for references in ([], ["data:x"] * 6):
        with pytest.raises(ApiError) as caught:
            to_edit(GenerateImage(prompt="p"), references, "image")
        assert caught.value.param == "image"


def answer(**fields: object) -> bytes:
    return encode({"created": 5, "data": [{"b64_json": "AA", "generation_id": "g"}], **fields})


def test_answers_become_one() -> None:
    wish = to_generate(GenerateImage(prompt="p", n=2, size="512x512", quality="high"))
    details = {"total_tokens": 3, "input_tokens_details": {"text_tokens": 1, "extra": None}}
    one = answer(size="512x512", quality="high", usage=details)
    other = answer(size="1254x1254", quality="high", usage=details, created=9)

    reply = image_reply(wish, [one, other], 7)

    assert json.loads(encode(reply.body)) == {
        "created": 5,
        "data": [{"b64_json": "AA"}] * 2,
        "size": "512x512",
        "quality": "high",
        "usage": {"total_tokens": 6, "input_tokens_details": {"text_tokens": 2, "extra": None}},
    }
    assert reply.adjusted == ("size:512x512->1254x1254",)


def test_a_meagre_answer_is_filled_in() -> None:
    reply = image_reply(to_generate(GenerateImage(prompt="p")), [b'{"data":[{"b64_json":"A"}]}'], 7)
    assert json.loads(encode(reply.body)) == {"created": 7, "data": [{"b64_json": "A"}]}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"data":[]}', b'{"data":[{}]}', b"\xff", b"[" * 9999]
)
def test_an_answer_without_an_image_is_the_backends_fault(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        image_reply(to_generate(GenerateImage(prompt="p")), [body], 7)
    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"\x89PNG\r\n\x1a\n.", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8", "image/webp"),
    ],
)
def test_pictures_are_told_by_their_content(data: bytes, media: str) -> None:
    assert picture_url(data, "image").startswith(f"data:{media};base64,")


@pytest.mark.parametrize("data", [b"", b"RIFF....WAVE", b"<svg/>", b"%PDF"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        picture_url(data, "image[2]")
    assert caught.value.param == "image[2]"
