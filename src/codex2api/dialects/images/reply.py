"""The backend's images as OpenAI's answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from codex2api.dialects.images.request import ImageWish
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json
from codex2api.protocol.usage import Usage


class _Image(msgspec.Struct, omit_defaults=True):
    b64_json: str
    revised_prompt: str | None = None


class _Answer(msgspec.Struct, omit_defaults=True):
    """Fields of the public API alone; the backend's own do not reach a caller."""

    data: list[_Image]
    created: int | None = None
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    usage: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ImageReply:
    """An answer, and what the backend tells of it.

    Attributes:
        adjusted: What it chose otherwise than it was asked.
        usage: In the terms that all answers have in common.
    """

    body: Json
    adjusted: tuple[str, ...]
    usage: Usage | None


def image_reply(wish: ImageWish, answers: Sequence[bytes], now: int) -> ImageReply:
    """All images in one answer, their usage added up.

    Args:
        wish: What was asked.
        answers: Bodies of the backend, at least one.
        now: Unix seconds, in case that the backend does not tell.

    Raises:
        ApiError: An answer holds no image.
    """
    read = [_read(answer) for answer in answers]
    first = read[0]
    usage: dict[str, Any] | None = None
    for answer in read:
        usage = _added(usage, answer.usage)
    images = [image for answer in read for image in answer.data][: wish.count]
    body = msgspec.structs.replace(first, data=images, created=first.created or now, usage=usage)
    return ImageReply(body, wish.adjusted + _chosen(wish.asked, read), _told(usage))


def _chosen(asked: Mapping[str, str], read: Sequence[_Answer]) -> tuple[str, ...]:
    """What came differs from what was asked: each difference once."""
    differences = {
        f"{name}:{wish}->{came}"
        for name, wish in asked.items()
        for came in (getattr(answer, name) for answer in read)
        if came is not None and came != wish
    }
    return tuple(sorted(differences))


def _told(usage: dict[str, Any] | None) -> Usage | None:
    """The same as every answer tells it; none where it is of another shape."""
    try:
        return msgspec.convert(usage, Usage | None)
    except msgspec.ValidationError:
        return None


def _read(body: bytes) -> _Answer:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = _Answer([])
    if not answer.data:
        raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT's answer holds no image.")
    return answer


def _added(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    """Two usages as one: numbers are added, whatever the depth."""
    if one is None or other is None:
        return one or other
    total = dict(one)
    for name, value in other.items():
        before = total.get(name)
        if isinstance(value, dict):
            total[name] = _added(before if isinstance(before, dict) else None, value)
        elif isinstance(value, int) and isinstance(before, int):
            total[name] = before + value
        else:
            total[name] = value
    return total
