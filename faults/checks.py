"""What an answer said, and whether that was honest."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from faults.rig.caller import Reply


class Failed(Exception):  # noqa: N818 - its text is what the person reads
    """The product did what it must never do; the text says what was seen."""


class NotHere(Exception):  # noqa: N818
    """There is nothing yet that this row could be done to; the text says why."""


def check(condition: object, seen: str) -> None:
    """Go on, or fail with what was seen."""
    if not condition:
        raise Failed(seen)


@dataclass
class Told:
    """An answer, taken apart.

    Attributes:
        finishes: Every ``finish_reason`` or status that said how it ended.
        ends: How often the end was said: ``[DONE]``, ``response.completed`` and their like.
        errors: Error events, or the error of a refusal.
        comments: Signs of life.
    """

    text: str = ""
    finishes: list[str] = field(default_factory=list)
    ends: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    comments: int = 0


def read(reply: Reply) -> Told:
    """What an answer of any route said.

    Raises:
        Failed: It is not valid UTF-8 or not valid JSON.
    """
    told = Told()
    if reply.status != 200:
        if error := reply.error():
            told.errors.append(error)
    elif "event-stream" in reply.headers.get("content-type", ""):
        for line in _lines(reply):
            _take(line, told)
    elif reply.whole:
        _whole(_parsed(reply.body.decode("utf-8", "replace")), told)
    return told


def _lines(reply: Reply) -> Iterator[str]:
    try:
        text = reply.body.decode("utf-8")
    except UnicodeDecodeError as error:
        if reply.whole:
            raise Failed("the stream is not valid UTF-8") from error
        text = reply.body.decode("utf-8", "ignore")
    yield from text.split("\n")


def _take(line: str, told: Told) -> None:
    if line.startswith(":"):
        told.comments += 1
    elif line == "data: [DONE]":
        told.ends += 1
    elif line.startswith("data: "):
        _event(_parsed(line[6:]), told)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"no JSON: {text[:80]!r}") from error


def _event(event: dict[str, Any], told: Told) -> None:
    kind = event.get("type", "")
    if event.get("error") or kind == "error":
        told.errors.append(event.get("error") or event)
    if kind == "response.failed":
        told.errors.append(event["response"].get("error") or {})
    if kind == "response.output_text.delta":
        told.text += event["delta"]
    if kind in ("response.completed", "response.incomplete"):
        told.ends += 1
        told.finishes.append(event["response"]["status"])
    for choice in event.get("choices", ()):
        told.text += choice.get("delta", {}).get("content") or choice.get("text") or ""
        if choice.get("finish_reason"):
            told.finishes.append(choice["finish_reason"])


def _whole(reply: dict[str, Any], told: Told) -> None:
    told.ends = 1
    for choice in reply.get("choices", ()):
        told.text += choice.get("message", {}).get("content") or choice.get("text") or ""
        told.finishes.append(choice.get("finish_reason"))
    if reply.get("object") == "response":
        told.finishes.append(reply["status"])
        told.text += "".join(
            part.get("text", "") for item in reply["output"] for part in item.get("content", ())
        )


def refused(reply: Reply, *statuses: int, code: str | None = None) -> dict[str, Any]:
    """A proper refusal with one of these statuses; its error object.

    Raises:
        Failed: It is none.
    """
    error = reply.error()
    seen = f"{reply.status} {reply.body[:200]!r}"
    check(reply.status in statuses, seen)
    check(reply.whole, f"the refusal was cut: {seen}")
    check({"message", "type", "param", "code"} <= error.keys() and error["message"], seen)
    check(b"<html" not in reply.body.lower(), f"a page reached the caller: {seen}")
    check(b"Traceback" not in reply.body, f"a traceback reached the caller: {seen}")
    check(code is None or error["code"] == code, f"{error['code']} in the place of {code}: {seen}")
    return error


def honest_end(reply: Reply) -> str:
    """A broken answer that is shown as one; what it was.

    Raises:
        Failed: It looks finished.
    """
    if reply.status != 200:
        return f"{reply.status} {refused(reply, 500, 502, 503, 504)['code']}"
    told = read(reply)
    check("event-stream" in reply.headers.get("content-type", ""), "success, and it was none")
    check(not told.finishes, f"shown as finished: {told.finishes}")
    check(told.ends == 0, "[DONE] after a broken answer")
    check(told.errors or not reply.whole, "the stream ended in silence")
    return f"error event {told.errors[0].get('code')}" if told.errors else "a cut connection"


def success(reply: Reply, text: str, finish: str | None = None) -> None:
    """A whole answer with exactly this text and exactly one end.

    Raises:
        Failed: It is something else.
    """
    told = read(reply)
    check(reply.status == 200, f"{reply.status} {reply.body[:200]!r}")
    check(not told.errors, f"an error after success: {told.errors}")
    check(reply.whole, "the connection was cut")
    check(told.text == text, f"another text: {_differing(told.text, text)}")
    check(told.ends == 1, f"{told.ends} ends")
    check(len(told.finishes) == 1, f"finishes: {told.finishes}")
    check(finish is None or told.finishes == [finish], f"finishes: {told.finishes}")


def _differing(text: str, wanted: str) -> str:
    pairs = enumerate(zip(text, wanted, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(text), len(wanted)))
    around = slice(max(at - 10, 0), at + 10)
    return f"{len(text)} characters for {len(wanted)}, at {at} {text[around]!r}"
