"""What a caller may send to ``/v1/images``; unknown fields are left to the parameter table."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

LONGEST_PROMPT = 32_000

Prompt: TypeAlias = Annotated[str, Meta(min_length=1, max_length=LONGEST_PROMPT)]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=10)]
Size: TypeAlias = Annotated[str, Meta(pattern=r"^(auto|[1-9]\d{1,4}x[1-9]\d{1,4})$")]


class GenerateImage(msgspec.Struct):
    """``POST /v1/images/generations``."""

    prompt: Prompt
    model: str | None = None
    n: Count | None = None
    size: Size | None = None
    quality: Literal["standard", "hd", "low", "medium", "high", "auto"] | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    stream: bool | None = None


class ImageReference(msgspec.Struct):
    """An image to work from: a data URL, an address, or a file uploaded before."""

    image_url: str | None = None
    file_id: str | None = None


class EditImage(GenerateImage):
    """``POST /v1/images/edits`` as JSON; as a form it has no ``images`` but files."""

    images: list[ImageReference] = []
