"""Rules for image and file parts: a web address, or a data URL that holds what it says."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from codex2api.simulator.backend.refusal import envelope

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")


def check_image(part: Mapping[str, Any], where: str) -> None:
    """Refuse an image that nobody could read."""
    url = part.get("image_url")
    if part.get("file_id") is not None:  # reported as refused (protocol sheet, trap 19)
        raise envelope(
            f"Images cannot be named by '{where}.file_id'.",
            f"{where}.file_id",
            "unsupported_parameter",
        )
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


def check_file(part: Mapping[str, Any], where: str) -> None:
    """Refuse a file that comes in none of the three ways: by id, by address, or as named data."""
    if part.get("file_id") or part.get("file_url"):
        return
    for name in ("filename", "file_data"):
        if not isinstance(part.get(name), str) or not part[name]:
            raise envelope(
                f"Missing required parameter: '{where}.{name}'.",
                f"{where}.{name}",
                "missing_required_parameter",
            )
    head, _, content = part["file_data"].partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not _decoded(content):
        raise envelope(
            f"Invalid '{where}.file_data'. Expected a base64-encoded data URL.",
            f"{where}.file_data",
            "invalid_value",
        )


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return b""


def _holds_image(url: str) -> bool:
    head, comma, content = url.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return False
    return _decoded(content).startswith(SIGNATURES)
