"""JSON as it goes over the wire: compact, UTF-8, and never ``NaN``."""

from typing import Any

import msgspec

Json = Any
"""A decoded JSON value: ``None``, ``bool``, a number, ``str``, or a list or dict of such."""

MAX_DEPTH_ERROR = "The JSON is nested too deeply."

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

encode = _encoder.encode


def decode(data: bytes | str) -> Json:
    """Decode one JSON text.

    Raises:
        ValueError: It is not JSON, is not UTF-8, nests too deeply, or holds a number that no
            double can hold.
    """
    try:
        return _decoder.decode(data)
    except RecursionError:
        raise ValueError(MAX_DEPTH_ERROR) from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def lenient_object(text: str) -> dict[str, Json]:
    """Decode what a model wrote as tool arguments; anything but an object becomes ``{}``."""
    try:
        value = decode(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
