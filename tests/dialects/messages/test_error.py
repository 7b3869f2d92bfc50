"""Failures as Anthropic's clients understand them."""

import pytest

from codex2api.dialects.messages.error import anthropic_error, status
from codex2api.errors import STATUS, ApiError, Kind
from codex2api.protocol import json
from tests.anthropic_types import check_error


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_body_that_the_sdk_knows(kind: Kind) -> None:
    body = json.decode(json.encode(anthropic_error(ApiError(kind, "x", param="a[0].b"), "req_1")))

    assert (body["type"], body["request_id"]) == ("error", "req_1")
    assert body["error"]["details"]["param"] == "a[0].b"
    assert body["error"]["message"].endswith("x")
    check_error(body)


@pytest.mark.parametrize(
    ("kind", "of", "kind_of_error"),
    [
        (Kind.BAD_REQUEST, 400, "invalid_request_error"),
        (Kind.INVALID_KEY, 401, "authentication_error"),
        (Kind.SIGN_IN_REQUIRED, 401, "authentication_error"),
        (Kind.PLAN_LACKS_ACCESS, 403, "permission_error"),
        (Kind.MODEL_NOT_FOUND, 404, "not_found_error"),
        (Kind.METHOD_NOT_ALLOWED, 405, "invalid_request_error"),
        (Kind.BODY_TOO_LARGE, 413, "request_too_large"),
        (Kind.LIMIT_REACHED, 429, "rate_limit_error"),
        (Kind.INTERNAL, 500, "api_error"),
        (Kind.UPSTREAM_UNAVAILABLE, 502, "api_error"),
        (Kind.SHUTTING_DOWN, 503, "api_error"),
        (Kind.UPSTREAM_TIMEOUT, 504, "timeout_error"),
        (Kind.OVERLOADED, 529, "overloaded_error"),
    ],
)
def test_classes_of_errors(kind: Kind, of: int, kind_of_error: str) -> None:
    error = ApiError(kind, "x")

    assert (status(error), anthropic_error(error).error.type) == (of, kind_of_error)


def test_statuses_are_our_own_but_for_one() -> None:
    differing = {kind for kind in Kind if status(ApiError(kind, "x")) != STATUS[kind]}
    assert differing == {Kind.OVERLOADED}


def test_the_code_is_the_most_precise() -> None:
    body = anthropic_error(ApiError(Kind.BAD_REQUEST, "x", code="invalid_value"))
    assert body.error.details.error_code == "invalid_value"
    assert anthropic_error(ApiError(Kind.OVERLOADED, "x")).error.details.error_code == (
        "server_is_overloaded"
    )


def test_the_words_that_make_clients_shorten_a_conversation() -> None:
    body = anthropic_error(ApiError(Kind.CONTEXT_TOO_LONG, "It has 300,000 tokens."))
    assert body.error.message == "prompt is too long: It has 300,000 tokens."


def test_no_secret_passes() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
    body = json.encode(anthropic_error(ApiError(Kind.INTERNAL, token, param=token, code=token)))
    assert token.encode() not in body
