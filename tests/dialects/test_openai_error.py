"""Errors as OpenAI clients understand them."""

import pytest

from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_body_of_four_keys(kind: Kind) -> None:
    body = json.decode(json.encode(openai_error(ApiError(kind, "It broke."))))

    assert list(body) == ["error"]
    assert list(body["error"]) == ["message", "type", "param", "code"]
    assert body["error"]["message"] == "It broke."


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ApiError(Kind.BAD_REQUEST, "x"), "invalid_request_error", None),
        (
            ApiError(Kind.BAD_REQUEST, "x", code="invalid_value"),
            "invalid_request_error",
            "invalid_value",
        ),
        (ApiError(Kind.INVALID_KEY, "x"), "invalid_request_error", "invalid_api_key"),
        (ApiError(Kind.LIMIT_REACHED, "x"), "rate_limit_error", "usage_limit_reached"),
        (ApiError(Kind.RATE_LIMITED, "x"), "rate_limit_error", "rate_limit_exceeded"),
        (ApiError(Kind.UPSTREAM_TIMEOUT, "x"), "server_error", "upstream_timeout"),
        (ApiError(Kind.INTERNAL, "x"), "server_error", "internal_error"),
    ],
)
def test_types_and_codes(error: ApiError, kind: str, code: str | None) -> None:
    detail = openai_error(error).error

    assert (detail.type, detail.code) == (kind, code)


def test_the_param_is_told() -> None:
    error = ApiError(Kind.BAD_REQUEST, "x", param="messages[0].role")

    assert openai_error(error).error.param == "messages[0].role"
