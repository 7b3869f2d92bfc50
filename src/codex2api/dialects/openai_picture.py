"""Pictures told by their first bytes, whatever they are called."""

import base64

from codex2api.errors import ApiError, Kind

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture_type(data: bytes) -> str | None:
    """The media type of a PNG, JPEG, GIF or WebP; ``None`` of anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media for sign, media in _SIGNATURES.items() if data.startswith(sign)), None)


def picture_url(data: bytes, param: str) -> str:
    """A picture as a data URL.

    Raises:
        ApiError: It is none.
    """
    media = picture_type(data)
    if media is None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for '{param}': expected a PNG, JPEG, GIF or WebP image.",
            param=param,
            code="invalid_image_file",
        )
    return f"data:{media};base64,{base64.b64encode(data).decode()}"
