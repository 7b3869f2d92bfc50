"""Multipart forms as they are sent."""

import re
from collections.abc import Mapping

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 100


def encode_form(
    fields: Mapping[str, str], file: tuple[str, str, bytes], boundary: str
) -> tuple[str, bytes]:
    """A form with one file, and its content type.

    Args:
        fields: Of text.
        file: Its field is named ``file``: file name, media type, content. Of the name only what is
            harmless in a header is sent.
        boundary: Random, so that nothing in the form looks like it.
    """
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    name, media, content = file
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{harmless_name(name)}"\r\nContent-Type: {media}\r\n\r\n'
    )
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    return f"multipart/form-data; boundary={boundary}", body


def harmless_name(name: str) -> str:
    """A file name without its folders and without characters that mean something elsewhere."""
    last = re.split(r"[/\\]", name)[-1]
    return _UNSAFE.sub("_", last).lstrip(".")[-_LONGEST:] or "file"
