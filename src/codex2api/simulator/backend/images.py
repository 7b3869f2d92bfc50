"""Rules for image parts: a web address, or a data URL that holds an image."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from codex2api.simulator.backend.refusal import envelope

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")


def check_image(part: Mapping[str, Any], where: str) -> None:
    """Refuse an image that nobody could read."""
    url = part.get("image_url")
    if url is None and part.get("file_id"):
        return
    if not isinstance(url, str):
        raise envelope(
            f"Invalid type for '{where}.image_url': expected an image URL, but got "
            f"{type(url).__name__} instead.",
            f"{where}.image_url",
            "invalid_type",
        )
    if url.startswith("data:") and not _holds_image(url):
        raise envelope(
            "The image data you provided does not represent a valid image. "
            "Please check your input and try again.",
            "input",
            "image_parse_error",
        )
    if not url.startswith(("data:", "https://", "http://")):
        raise envelope(
            f"Invalid '{where}.image_url'. Expected a valid URL, but got a value with an "
            "invalid format.",
            f"{where}.image_url",
            "invalid_value",
        )


def _holds_image(url: str) -> bool:
    head, comma, content = url.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return False
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        return False
    return data.startswith(SIGNATURES)
