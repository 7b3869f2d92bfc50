"""Every way in which a refresh can fail, told apart by what it means."""

import json
from typing import Any

import pytest

from codex2api.accounts.account import Identity, TokenSet
from codex2api.auth.answers import Answer, exchanged, imported, refresh_failure, refreshed
from codex2api.auth.started import ImportedTokens
from codex2api.errors import ApiError, Kind
from tests.auth.tokens import make_jwt

NOW = 1_790_000_000.0
OLD = TokenSet("old-access", "old-refresh", NOW - 1, "old-id", issued_at=NOW - 99)


def answer(status: int, body: Any) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


PERMANENT = [
    "refresh_token_expired",
    "refresh_token_reused",
    "refresh_token_invalidated",
    "token_invalidated",
    "token_expired",
    "app_session_terminated",
    "account_session_expired",
    "account_deactivated",
    "account_suspended",
    "account_deleted",
]


@pytest.mark.parametrize("code", PERMANENT)
@pytest.mark.parametrize("form", ["nested", "string", "top"])
def test_permanent_codes_in_every_form(code: str, form: str) -> None:
    forms = {"nested": {"error": {"code": code}}, "string": {"error": code}, "top": {"code": code}}
    assert refresh_failure(answer(401, forms[form])).kind is Kind.SIGN_IN_REQUIRED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant", "error_description": "x"}),
        (401, {"error": {"code": "never_heard_of"}}),
        (401, b"<html>"),
        (403, {"error": {"code": "account_deactivated"}}),
    ],
)
def test_more_that_is_permanent(status: int, body: Any) -> None:
    assert refresh_failure(answer(status, body)).kind is Kind.SIGN_IN_REQUIRED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_request"}),
        (403, b"<html>Just a moment"),
        (404, {}),
        (429, {"error": {"code": "rate_limit_exceeded"}}),
        (500, {"error": {"code": "refresh_token_expired"}}),
        (502, b"<html>"),
        (503, b""),
    ],
)
def test_what_may_pass(status: int, body: Any) -> None:
    failure = refresh_failure(answer(status, body))
    assert failure.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "html" not in failure.message


def test_a_whole_refresh() -> None:
    access, id_token = make_jwt(), make_jwt(exp=None)
    body = {"access_token": access, "refresh_token": "new", "id_token": id_token}
    assert refreshed(answer(200, body), OLD, NOW) == TokenSet(
        access,
        "new",
        2_000_000_000.0,
        id_token,
        NOW,
        Identity("workspace-a", "user-a", "plus", "ada@example.org"),
    )


def test_what_the_answer_leaves_out_stays() -> None:
    body = {"access_token": "opaque", "expires_in": 60}
    assert refreshed(answer(200, body), OLD, NOW) == TokenSet(
        "opaque", "old-refresh", NOW + 60, "old-id", NOW
    )


def test_a_rotated_refresh_token_alone_is_kept() -> None:
    new = refreshed(answer(200, {"refresh_token": "new"}), OLD, NOW)
    assert (new.access_token, new.refresh_token, new.expires_at) == ("old-access", "new", NOW - 1)


@pytest.mark.parametrize(
    "body", [{}, [], b"", b'{"access_token":"ey', {"access_token": ""}, {"access_token": 7}]
)
def test_an_answer_without_tokens_is_no_answer(body: Any) -> None:
    with pytest.raises(ApiError) as failure:
        refreshed(answer(200, body), OLD, NOW)
    assert failure.value.kind is Kind.UPSTREAM_UNAVAILABLE


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "id_token"])
def test_a_new_sign_in_needs_all_three_tokens(missing: str) -> None:
    body = {"access_token": make_jwt(), "refresh_token": "r", "id_token": make_jwt()}
    del body[missing]
    with pytest.raises(ApiError):
        exchanged(answer(200, body), NOW)


def test_a_new_sign_in_must_say_whose_it_is() -> None:
    body = {"access_token": "opaque", "refresh_token": "r", "id_token": "garbage"}
    with pytest.raises(ApiError) as failure:
        exchanged(answer(200, body), NOW)
    assert failure.value.code == "bad_id_token"


def test_tokens_from_a_file() -> None:
    opaque = ImportedTokens("opaque", "r", account_id="w", expires_at=NOW)
    assert imported(opaque) == TokenSet("opaque", "r", NOW, identity=Identity("w"))
    with pytest.raises(ApiError):
        imported(ImportedTokens("opaque", "r"))


def test_secrets_do_not_show() -> None:
    secret = make_jwt()
    shown = [answer(200, {"access_token": secret}), OLD, ImportedTokens(secret, "old-refresh")]
    assert not any(word in repr(shown) for word in (secret, "old-access", "old-refresh", "old-id"))
