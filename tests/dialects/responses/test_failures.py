"""Streams that do not end well."""

from typing import Any

import pytest

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import UpstreamEvent
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.streams import kinds, sent
from tests.events import completed, created, message, text


@pytest.mark.parametrize("events", [[], [created()], [created(), *message("hi")]])
def test_a_cut_stream_is_never_shown_as_finished(events: list[UpstreamEvent]) -> None:
    translator = ResponsesTranslator(request(), HEAD)
    translator.feed(events)
    with pytest.raises(ApiError) as raised:
        translator.close()
    assert raised.value.kind is Kind.UPSTREAM_UNAVAILABLE


FAILURE = ApiError(Kind.CONTEXT_TOO_LONG, "Too long.", param="input")


def failing(events: list[UpstreamEvent], error: ApiError = FAILURE) -> list[dict[str, Any]]:
    translator = ResponsesTranslator(request(), HEAD)
    frames = [*translator.feed(events), *translator.fail(error)]
    assert list(translator.fail(error)) == []
    assert translator.feed([text("late"), completed()]) == []
    return sent(frames)


def test_a_failure_is_told_in_every_form_that_clients_read() -> None:
    *_, failed, error = failing([created(), *message("hi")[:3]])
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"] == {
        "code": "context_length_exceeded",
        "message": "Too long.",
    }
    detail = {"code": "context_length_exceeded", "message": "Too long.", "param": "input"}
    assert (
        error
        == {
            "type": "error",
            "sequence_number": 5,
            "error": detail | {"type": "invalid_request_error"},
        }
        | detail
    )


def test_a_failure_before_everything_is_greeted_too() -> None:
    assert kinds(failing([])) == ["created", "failed", "error"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ApiError(Kind.UPSTREAM_TIMEOUT, "x"), "server_error"),
        (ApiError(Kind.INTERNAL, "x"), "server_error"),
        (ApiError(Kind.BAD_REQUEST, "x", code="invalid_value"), "invalid_prompt"),
        (ApiError(Kind.RATE_LIMITED, "x"), "rate_limit_exceeded"),
        (ApiError(Kind.LIMIT_REACHED, "x"), "usage_limit_reached"),
        (ApiError(Kind.CONTENT_POLICY, "x", code="bio_policy"), "bio_policy"),
    ],
)
def test_codes_of_a_failed_response(error: ApiError, code: str) -> None:
    assert failing([], error)[-2]["response"]["error"]["code"] == code


def test_every_kind_of_failure_has_an_ending() -> None:
    for kind in Kind:
        assert kinds(failing([created()], ApiError(kind, "x"))) == ["created", "failed", "error"]
