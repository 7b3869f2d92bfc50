"""The judges of the fault suite: each of them can say no."""

import json

import pytest

from faults.checks import Failed, honest_end, read, refused, success
from faults.rig import secrets
from faults.rig.caller import Leak, Reply, no_secret
from faults.rig.wire import chunks, completed, delta, event, stream

EVENTS = {"content-type": "text/event-stream"}


def chat(*payloads: object, done: bool = True, whole: bool = True) -> Reply:
    body = b"".join(b"data: " + json.dumps(payload).encode() + b"\n\n" for payload in payloads)
    return Reply(200, EVENTS, body + (b"data: [DONE]\n\n" if done else b""), whole)


def said(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


def refusal(status: int, **error: object) -> Reply:
    fields = {"message": "no", "type": "server_error", "param": None, "code": "x"} | error
    return Reply(status, {}, json.dumps({"error": fields}).encode(), whole=True)


ERROR = {"error": {"message": "no", "type": "server_error", "param": None, "code": "x"}}


@pytest.mark.parametrize(
    "reply",
    [
        chat(said("half"), ERROR, done=False),
        chat(said("half"), done=False, whole=False),
        refusal(502),
    ],
)
def test_an_honest_end(reply: Reply) -> None:
    assert honest_end(reply)


@pytest.mark.parametrize(
    "reply",
    [
        chat(said("half"), done=False),
        chat(said("half")),
        chat(said("half", "stop"), done=False),
        chat(said("half", "stop")),
        chat(said("half"), ERROR),
        Reply(200, {"content-type": "application/json"}, b'{"choices": []}', whole=True),
        refusal(200),
        refusal(502, message="<html>oops"),
        refusal(502, message="Traceback (most recent call last)"),
        Reply(502, {}, b"oops", whole=True),
        Reply(),
        Reply(200, EVENTS, b"data: {half\n\n", whole=True),
        Reply(200, EVENTS, b"data: \xff\n\n", whole=True),
    ],
)
def test_no_honest_end(reply: Reply) -> None:
    with pytest.raises(Failed):
        honest_end(reply)


def test_success() -> None:
    success(chat(said("one "), said("two", "stop")), "one two", "stop")


@pytest.mark.parametrize(
    "reply",
    [
        chat(said("one"), said("two", "length")),
        chat(said("two", "stop")),
        chat(said("one two")),
        chat(said("one two", "stop"), done=False),
        chat(said("one two", "stop"), said("", "stop")),
        chat(said("one two", "stop"), ERROR),
        chat(said("one two", "stop"), whole=False),
        refusal(200),
        refusal(500),
    ],
)
def test_no_success(reply: Reply) -> None:
    with pytest.raises(Failed):
        success(reply, "one two", "stop")


def test_a_refusal_has_one_of_the_statuses_and_all_fields() -> None:
    assert refused(refusal(429, code="y"), 429, code="y")["code"] == "y"
    for reply in (refusal(500), Reply(429, {}, b'{"error": {"message": "no"}}', whole=True)):
        with pytest.raises(Failed):
            refused(reply, 429)
    with pytest.raises(Failed):
        refused(refusal(429), 429, code="y")


def test_a_responses_stream_is_read() -> None:
    body = event(delta("one")) + event(completed())
    told = read(Reply(200, EVENTS, body, whole=True))
    assert (told.text, told.ends, told.finishes) == ("one", 1, ["completed"])


@pytest.mark.parametrize(
    "secret",
    [
        secrets.access_token("acc", 60),
        secrets.access_token("acc", 60)[:30],
        secrets.refresh_token("acc"),
        secrets.LOCAL_KEY,
        secrets.CLIENT_KEY,
        secrets.EMAIL,
    ],
)
def test_every_secret_is_known_again(secret: str) -> None:
    for reply in (Reply(body=f"-{secret}-".encode()), Reply(headers={"x": secret})):
        with pytest.raises(Leak):
            no_secret(reply)


def test_chunks_are_as_long_as_they_say() -> None:
    assert chunks(b"abc", 2) == b"2\r\nab\r\n1\r\nc\r\n"
    assert stream(b"abc", ["x: y"]).endswith(b"\r\nx: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
