"""What the routes share that wait for one whole answer: images, audio, compaction."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrandOptions:
    """What an operator may set.

    Attributes:
        max_body: Bytes.
        strict: Whether a parameter that nobody can honour is a 400 for every caller.
    """

    max_body: int
    strict: bool = False
    now: Callable[[], float] = time.time


def body_kinds(*media: str) -> dict[str, object]:
    """What the API reference says of a body that is read by hand."""
    content = {kind: {"schema": {"type": "object"}} for kind in media}
    return {"requestBody": {"required": True, "content": content}}
