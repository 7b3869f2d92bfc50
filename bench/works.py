"""What is asked of every server: so many deltas, so many streams at once, so fast."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Work:
    """A workload.

    Attributes:
        title: For the table.
        deltas: Of one answer.
        streams: Requests under way at once.
        pause: Milliseconds between deltas; 0 sends the whole answer in one write.
        path: Which of a target's routes.
        fill: What makes the request large: ``talk`` (a long conversation) or ``image`` (a data
            URL), a megabyte of either.
    """

    title: str
    deltas: int
    streams: int
    pause: int = 0
    path: str = "chat"
    stream: bool = True
    fill: str = ""

    @property
    def is_paced(self) -> bool:
        return self.pause > 0


WORKS = {
    "burst20": Work("Streamed chat, 20 deltas in one burst, 32 streams", 20, 32),
    "burst1000": Work("Streamed chat, 1,000 deltas in one burst, 16 streams", 1000, 16),
    "single": Work("Streamed chat, 20 deltas in one burst, 1 stream", 20, 1),
    "paced": Work("Streamed chat, 50 streams, one delta each 20 ms", 40, 50, pause=20),
    "whole": Work("Whole answers of 20 deltas, 32 at once", 20, 32, stream=False),
    "responses": Work(
        "`/v1/responses` streamed and not stored, 1,000 deltas, 16 streams",
        1000,
        16,
        path="responses",
    ),
    "talk": Work("Streamed chat after 1 MB of conversation, 4 streams", 20, 4, fill="talk"),
    "image": Work("Streamed chat with an image of 1 MB, 4 streams", 20, 4, fill="image"),
}

HELD = Work("Streams held open", 50, 0, pause=1000)
"""An answer that goes on for as long as memory is being read."""


def body(work: Work, model: str, *, as_responses: bool = False) -> bytes:
    """The request of a workload, in the form of its route."""
    order = f"SIM:n={work.deltas}:d={work.pause}:b=1:f=0 Hello, write something."
    asked: dict[str, Any] = {"model": model, "stream": work.stream}
    if as_responses or work.path == "responses":
        said = [{"type": "message", **turn} for turn in (*_talk(work), _said(order))]
        asked |= {"store": False, "instructions": "You are a helpful assistant.", "input": said}
        return json.dumps(asked).encode()
    return json.dumps({**asked, "messages": [*_talk(work), _said(order, _image(work))]}).encode()


def body_file(folder: Path, name: str, content: bytes) -> Path:
    """The content as a file, which ``load.c`` reads."""
    file = folder / f"{name}.json"
    file.write_bytes(content)
    return file


def _said(text: str, image: str = "") -> dict[str, Any]:
    if not image:
        return {"role": "user", "content": text}
    parts = [
        {"type": "text", "text": text},
        {"type": "image_url", "image_url": {"url": image}},
    ]
    return {"role": "user", "content": parts}


def _talk(work: Work) -> list[dict[str, Any]]:
    """Turns of some 5 kB, with line breaks, quotes and letters beyond ASCII in them."""
    if work.fill != "talk":
        return []
    said = 'He wrote: "It is späť, naïve, 40 °C".\n' * 110
    turns = MEGABYTE // len(json.dumps(said))
    return [
        {"role": ("user", "assistant")[number % 2], "content": f"{number}: {said}"}
        for number in range(turns)
    ]


def _image(work: Work) -> str:
    if work.fill != "image":
        return ""
    return "data:image/png;base64," + "iVBORw0KGgo/" * (MEGABYTE // 12)
