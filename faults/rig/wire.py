"""Bytes of HTTP and of event streams, right ones and the makings of wrong ones."""

import json
from collections.abc import Sequence
from typing import Any

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
RESPONSE_ID = "resp_faults"


def chunk(data: bytes) -> bytes:
    """A piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunks(data: bytes, size: int) -> bytes:
    """A chunked body in pieces of ``size`` bytes, its end left out."""
    return b"".join(chunk(data[at : at + size]) for at in range(0, len(data), size))


def event(payload: Any) -> bytes:
    """One server-sent event, as the backend writes it."""
    kind = payload.get("type") if isinstance(payload, dict) else None
    named = f"event: {kind}\n".encode() if kind else b""
    return named + b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def events(*payloads: Any) -> bytes:
    """Several of them."""
    return b"".join(event(payload) for payload in payloads)


def answer(
    status: int, body: bytes = b"{}", kind: str = "application/json", head: Sequence[str] = ()
) -> bytes:
    """A whole answer that is no stream; ``head`` are further header lines."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *head]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stream(body: bytes, head: Sequence[str] = ()) -> bytes:
    """A whole event stream in one chunk; ``head`` are further header lines."""
    more = "\r\n".join([*head, "", ""]).encode() if head else b"\r\n"
    return EVENTS[:-2] + more + chunk(body) + LAST_CHUNK


def created() -> dict[str, Any]:
    """The greeting of an answer."""
    return {"type": "response.created", "response": {"id": RESPONSE_ID, "status": "in_progress"}}


def opened() -> list[dict[str, Any]]:
    """The greeting, and an empty message that text can be added to."""
    return [
        created(),
        {"type": "response.output_item.added", "output_index": 0, "item": _message("in_progress")},
        {
            "type": "response.content_part.added",
            "item_id": "msg_faults",
            "output_index": 0,
            "content_index": 0,
            "part": {"type": "output_text", "text": "", "annotations": []},
        },
    ]


def delta(text: str) -> dict[str, Any]:
    """A piece of the text."""
    return {
        "type": "response.output_text.delta",
        "item_id": "msg_faults",
        "output_index": 0,
        "content_index": 0,
        "delta": text,
    }


def done(text: str) -> dict[str, Any]:
    """The message as a whole, at its end."""
    item = _message("completed") | {
        "content": [{"type": "output_text", "text": text, "annotations": []}]
    }
    return {"type": "response.output_item.done", "output_index": 0, "item": item}


def completed() -> dict[str, Any]:
    """The end that says success."""
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    return {
        "type": "response.completed",
        "response": {"id": RESPONSE_ID, "status": "completed", "output": [], "usage": usage},
    }


def incomplete(reason: str) -> dict[str, Any]:
    """The end that says why there is no more."""
    response = {
        "id": RESPONSE_ID,
        "status": "incomplete",
        "incomplete_details": {"reason": reason},
        "output": [],
    }
    return {"type": "response.incomplete", "response": response}


def failed(error: dict[str, Any] | None) -> dict[str, Any]:
    """The end that says failure."""
    response = {"id": RESPONSE_ID, "status": "failed", "error": error}
    return {"type": "response.failed", "response": response}


def told(*pieces: str) -> list[dict[str, Any]]:
    """A whole answer as events, the last one included."""
    text = "".join(pieces)
    return [*opened(), *(delta(piece) for piece in pieces), done(text), completed()]


def good(*pieces: str) -> bytes:
    """A whole answer as bytes of HTTP."""
    return stream(events(*told(*(pieces or ("hi",)))))


def _message(status: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "msg_faults",
        "role": "assistant",
        "status": status,
        "content": [],
    }
