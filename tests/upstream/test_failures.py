"""Every way the backend says no (protocol sheet, sections 2.3, 3.7 and 4.1)."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from codex2api.accounts.limits import RateLimits, Window
from codex2api.catalog.models import Catalog, ModelSpec
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ErrorSeen, Failed, Response
from codex2api.upstream.failures import BLOCKED, Circumstances, from_answer, from_event
from codex2api.upstream.limit_text import duration
from codex2api.upstream.redact import LONGEST, redact

NOW = 1_795_000_000.0
TOKEN = "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl"
ABOUT = Circumstances(
    NOW, "gpt-4", Catalog((ModelSpec("gpt-5.5"), ModelSpec("gpt-5.2"))), secrets=(TOKEN, "acc-1")
)
CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title><body>Cloudflare</body></html>"


def refused(status: int, body: object = None, **headers: str) -> ApiError:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    lowered = {name.replace("_", "-"): value for name, value in headers.items()}
    return from_answer(status, lowered, data, ABOUT)


def failed(
    about: Circumstances = ABOUT, headers: dict[str, str] | None = None, **error: Any
) -> ApiError:
    event = Failed(response=Response(id="r", error=error or None))
    return from_event(event, headers or {}, about)


def _json_bytes(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def envelope(**fields: Any) -> dict[str, Any]:
    return {"error": {"message": "m", "type": None, "param": None, "code": None} | fields}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"detail": "Store must be set to false"}, Kind.BAD_REQUEST),
        (400, envelope(type="invalid_request_error"), Kind.BAD_REQUEST),
        (400, envelope(code="context_length_exceeded"), Kind.CONTEXT_TOO_LONG),
        (400, envelope(message="Your input exceeds the context window of this model."),
         Kind.CONTEXT_TOO_LONG),
        (400, envelope(code="cyber_policy"), Kind.CONTENT_POLICY),
        (400, envelope(code="misalignment_policy_violation"), Kind.CONTENT_POLICY),
        (400, {"detail": "The 'x' model is not supported when using Codex with a ChatGPT account."},
         Kind.MODEL_NOT_FOUND),
        (401, {"detail": "Unauthorized"}, Kind.SIGN_IN_REQUIRED),
        (401, envelope(code="token_invalidated"), Kind.SIGN_IN_REQUIRED),
        (402, {"detail": {"code": "deactivated_workspace"}}, Kind.PLAN_LACKS_ACCESS),
        (402, {}, Kind.PLAN_LACKS_ACCESS),
        (403, {"detail": {"code": "invalid_workspace_selected"}}, Kind.SIGN_IN_REQUIRED),
        (403, {"detail": "no"}, Kind.FORBIDDEN),
        (403, CHALLENGE, Kind.UPSTREAM_BLOCKED),
        (403, b"<html>no</html>", Kind.UPSTREAM_BLOCKED),
        (503, CHALLENGE, Kind.UPSTREAM_BLOCKED),
        (404, {"detail": "Model not found gpt-4"}, Kind.MODEL_NOT_FOUND),
        (404, {"detail": "Not Found"}, Kind.NOT_FOUND),
        (404, envelope(type="usage_limit_reached"), Kind.LIMIT_REACHED),
        (405, {"detail": "Method Not Allowed"}, Kind.BAD_REQUEST),
        (413, b"too large", Kind.BODY_TOO_LARGE),
        (418, {"error": "teapot"}, Kind.BAD_REQUEST),
        (400, {"error": 7, "message": "m"}, Kind.BAD_REQUEST),
        (422, {"detail": [{"loc": ["body"], "msg": "wrong"}]}, Kind.BAD_REQUEST),
        (429, envelope(type="usage_limit_reached"), Kind.LIMIT_REACHED),
        (429, envelope(type="usage_not_included"), Kind.PLAN_LACKS_ACCESS),
        (429, envelope(code="insufficient_quota"), Kind.LIMIT_REACHED),
        (429, b"", Kind.RATE_LIMITED),
        (500, {"error": {"message": "boom"}}, Kind.UPSTREAM_UNAVAILABLE),
        (502, b"<html>Bad gateway | Cloudflare</html>", Kind.UPSTREAM_UNAVAILABLE),
        (503, envelope(code="server_is_overloaded"), Kind.OVERLOADED),
        (503, envelope(code="slow_down"), Kind.OVERLOADED),
        (503, b"unavailable", Kind.UPSTREAM_UNAVAILABLE),
        (520, b"", Kind.UPSTREAM_UNAVAILABLE),
        (529, b"", Kind.OVERLOADED),
        (302, b"", Kind.UPSTREAM_UNAVAILABLE),
        (400, envelope(type="invalid_request_error", message="Selected model is at capacity."),
         Kind.OVERLOADED),
    ],
)  # fmt: skip
def test_answers(status: int, body: object, kind: Kind) -> None:
    assert refused(status, body).kind is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("context_length_exceeded", Kind.CONTEXT_TOO_LONG),
        ("insufficient_quota", Kind.LIMIT_REACHED),
        ("usage_not_included", Kind.PLAN_LACKS_ACCESS),
        ("usage_limit_reached", Kind.LIMIT_REACHED),
        ("invalid_prompt", Kind.BAD_REQUEST),
        ("cyber_policy", Kind.CONTENT_POLICY),
        ("bio_policy", Kind.CONTENT_POLICY),
        ("misalignment_policy_violation", Kind.CONTENT_POLICY),
        ("server_is_overloaded", Kind.OVERLOADED),
        ("slow_down", Kind.OVERLOADED),
        ("overloaded_error", Kind.OVERLOADED),
        ("rate_limit_exceeded", Kind.RATE_LIMITED),
        ("server_error", Kind.UPSTREAM_UNAVAILABLE),
        ("tomorrow", Kind.UPSTREAM_UNAVAILABLE),
        (None, Kind.UPSTREAM_UNAVAILABLE),
    ],
)
def test_failures_inside_a_stream(code: str | None, kind: Kind) -> None:
    assert failed(code=code, message="m").kind is kind
    assert from_event(ErrorSeen(code=code, message="m"), {}, ABOUT).kind is kind
    assert from_event(ErrorSeen(error={"code": code, "message": "m"}), {}, ABOUT).kind is kind


def test_a_failure_that_says_nothing() -> None:
    assert failed().message == "ChatGPT failed while answering."
    assert from_event(ErrorSeen(), {}, ABOUT).kind is Kind.UPSTREAM_UNAVAILABLE


@pytest.mark.parametrize(
    "text",
    [
        "Selected model is at capacity. Please try a different model.",
        "Our servers are currently overloaded. Please try again later.",
    ],
)
def test_capacity_under_a_misleading_code(text: str) -> None:
    assert failed(code="invalid_request_error", message=text).kind is Kind.OVERLOADED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 11.054s.", 11.054),
        ("please Try Again In 35 seconds", 35),
        ("try again in 120ms", 0.12),
        ("try again in 2m", 120),
        ("try again", None),
    ],
)
def test_when_to_try_again(text: str, seconds: float | None) -> None:
    assert failed(code="rate_limit_exceeded", message=text).retry_after == seconds


def test_when_to_try_again_by_header() -> None:
    assert refused(429, b"", retry_after="7").retry_after == 7
    assert refused(429, b"", retry_after="Wed, 21 Oct").retry_after is None


class TestParamAndCode:
    def test_of_an_envelope(self) -> None:
        error = refused(
            400,
            envelope(message="Invalid 'input[3].id'.", param="input[3].id", code="invalid_value"),
        )

        assert (error.message, error.param, error.code) == (
            "Invalid 'input[3].id'.",
            "input[3].id",
            "invalid_value",
        )

    def test_of_an_unsupported_parameter(self) -> None:
        error = refused(400, {"detail": "Unsupported parameter: max_tokens"})

        assert (error.param, error.code) == ("max_tokens", "unsupported_parameter")

    def test_a_404_keeps_its_param(self) -> None:
        error = refused(404, envelope(message="Item 'rs_1' not found.", param="input"))

        assert (error.kind, error.param) == (Kind.NOT_FOUND, "input")


class TestLimit:
    BODY = envelope(
        type="usage_limit_reached", plan_type="plus", resets_at=NOW + 99, resets_in_seconds=3600
    )

    def test_says_which_window_of_which_plan_and_until_when(self) -> None:
        error = refused(
            429,
            self.BODY,
            x_codex_primary_used_percent="100",
            x_codex_primary_window_minutes="300",
            x_codex_primary_reset_at=str(int(NOW + 3600)),
            x_codex_secondary_used_percent="40",
            x_codex_secondary_window_minutes="10080",
        )

        assert error.message == (
            "The 5-hour limit of your ChatGPT Plus plan is reached. "
            "It refills in 1 h 0 min, at 2026-11-18 12:06 UTC. "
            "Of the weekly limit 40 % is used. "
            "This is the quota of Codex, which all programs that use this plan share; "
            "chats in ChatGPT have their own."
        )
        assert error.retry_after == 3600

    def test_told_later_it_tells_the_time_that_is_left_then(self) -> None:
        error = refused(429, self.BODY, x_codex_primary_used_percent="100")

        assert error.again is not None
        assert "It refills in 1 h 0 min, at " in error.message
        assert "It refills in 10 min, at " in error.again(NOW + 3000)
        assert "It should have refilled by now: try again." in error.again(NOW + 3601)

    def test_a_free_plans_primary_window_is_the_weekly_one(self) -> None:
        error = refused(
            429,
            envelope(type="usage_limit_reached", plan_type="free"),
            x_codex_primary_used_percent="100.0",
            x_codex_primary_window_minutes="10080",
            x_codex_primary_reset_after_seconds="200000",
        )

        assert "weekly limit of your ChatGPT Free plan" in error.message
        assert error.retry_after == 200000

    def test_without_any_time(self) -> None:
        error = refused(429, envelope(type="usage_limit_reached"))

        assert "does not say when" in error.message
        assert error.retry_after is None

    def test_the_time_alone(self) -> None:
        error = refused(429, envelope(type="usage_limit_reached", resets_at=NOW + 60))

        assert error.retry_after == 60

    def test_a_time_that_has_passed(self) -> None:
        error = refused(429, envelope(type="usage_limit_reached", resets_at=NOW - 60))

        assert error.retry_after == 0

    @pytest.mark.parametrize(
        "headers",
        [
            {"x_codex_rate_limit_reached_type": "rate_limit_reached"},
            {"x_codex_primary_used_percent": "100", "x_codex_primary_window_minutes": "300"},
        ],
    )
    def test_headers_tell_what_a_bare_429_does_not(self, headers: dict[str, str]) -> None:
        assert refused(429, b"", **headers).kind is Kind.LIMIT_REACHED

    def test_another_familys_window_is_not_the_plans(self) -> None:
        headers = {
            "x_codex_bengalfox_primary_used_percent": "100",
            "x_codex_bengalfox_primary_window_minutes": "300",
        }

        assert refused(429, b"", **headers).kind is Kind.RATE_LIMITED

    def test_resets_of_a_rate_limit(self) -> None:
        error = refused(429, {"error": {"code": "rate_limit_exceeded", "resets_in_seconds": 9}})

        assert (error.kind, error.retry_after) == (Kind.RATE_LIMITED, 9)

    def test_a_time_beyond_reason(self) -> None:
        error = refused(429, envelope(type="usage_limit_reached", resets_at=9e11))

        assert error.retry_after is None

    def test_credits_of_a_workspace(self) -> None:
        error = refused(
            429,
            self.BODY,
            x_codex_rate_limit_reached_type="workspace_member_credits_depleted",
        )

        assert error.message.startswith("Your credits in this ChatGPT workspace are used up.")

    def test_inside_a_stream_the_limits_event_tells(self) -> None:
        limits = RateLimits((Window(300, 100, NOW + 120, NOW),), plan="pro")
        error = failed(Circumstances(NOW, limits=limits), code="usage_limit_reached", message="m")

        assert error.message.startswith("The 5-hour limit of your ChatGPT Pro plan is reached.")
        assert error.retry_after == 120


class TestModels:
    def test_the_ones_that_work_are_listed(self) -> None:
        error = refused(404, {"detail": "Model not found gpt-4"})

        assert error.param == "model"
        assert "'gpt-4'" in error.message
        assert "gpt-5.5, gpt-5.2" in error.message


class TestSecrets:
    def test_html_is_never_quoted(self) -> None:
        assert refused(403, CHALLENGE).message == BLOCKED
        assert "<" not in refused(502, b"<html>x</html>").message
        assert refused(400, b"<html>x</html>").message == "ChatGPT did not accept the request."

    def test_a_challenge_is_known_by_its_header(self) -> None:
        assert refused(403, b"", cf_mitigated="challenge").kind is Kind.UPSTREAM_BLOCKED

    @pytest.mark.parametrize(
        "text",
        [
            f"Bad token {TOKEN}",
            "Header was Bearer abc.def-123",
            "Bad eyJhbGciOiJSUzI1NiJ9.eyJ.x",
            "Account acc-1 is odd",
            "Key sk-proj-1234567890 or rt_1234567890",
            "You are someone.else+x@mail.example.org",
        ],
    )
    def test_what_the_backend_echoes_is_hidden(self, text: str) -> None:
        message = refused(400, envelope(message=text)).message

        assert "[hidden]" in message
        for secret in (TOKEN, "abc.def", "eyJ", "acc-1", "@", "1234567890"):
            assert secret not in message

    def test_long_texts_are_cut(self) -> None:
        assert len(redact("x" * 9999)) == LONGEST
        assert redact(" a\n\tb ") == "a b"

    def test_param_and_code_are_no_way_around(self) -> None:
        error = refused(400, envelope(param=f"a {TOKEN}", code=f"Bearer {TOKEN}"))

        assert TOKEN not in f"{error.param}{error.code}"


NAMES = st.sampled_from(
    ["error", "detail", "message", "code", "type", "param", "resets_at", "plan_type", "x"]
)
WORDS = st.sampled_from(["usage_limit_reached", "rate_limit_exceeded", "model_not_found", TOKEN])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.integers(100, 999), JSON.map(_json_bytes) | st.binary(max_size=99))
def test_whatever_is_answered_there_is_an_error_without_secrets(status: int, body: bytes) -> None:
    error = refused(status, body)

    assert error.status >= 400
    assert error.message
    assert len(error.message) < 2 * LONGEST
    assert TOKEN not in f"{error.message}{error.param}{error.code}"


def test_a_code_that_only_a_header_tells() -> None:
    header = base64.b64encode(b'{"error":{"code":"token_expired"}}').decode()

    assert refused(403, b"", x_error_json=header).kind is Kind.SIGN_IN_REQUIRED
    assert refused(403, b"", x_error_json="&").kind is Kind.FORBIDDEN


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.1, "1 s"), (59, "59 s"), (120, "2 min"), (7500, "2 h 5 min"), (200000, "2 d 7 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
