"""What the public API is sent, and what its refusals mean: values in, values out."""

import json
from typing import Any

import pytest

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog, ModelSpec, Resolved
from codex2api.errors import Kind
from codex2api.protocol.events import Failed, Response
from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions
from codex2api.upstream.broken import PassingError
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.official import failures
from codex2api.upstream.official.headers import identity_of, streaming
from codex2api.upstream.official.prepare import prepare
from codex2api.upstream.prepare import Prepared, Rules

SPEC = ModelSpec("gpt-x", efforts=("low", "medium", "high"), default_effort="medium")
ABOUT = Circumstances(1_790_000_000.0, "gpt-x", Catalog((SPEC,)), secrets=("secret-token",))


def prepared(rules: Rules | None = None, **wish: Any) -> Prepared:
    request = ResponsesRequest(model="gpt-x", **({"input": [said("hi")]} | wish))
    return prepare(request, Resolved(SPEC), rules or Rules())


def said(text: str, role: str = "user") -> dict[str, Any]:
    return message(role, [input_text(text)])


def test_the_least_that_is_sent() -> None:
    made = prepared()
    assert made.body == {
        "model": "gpt-x",
        "store": False,
        "stream": True,
        "input": [said("hi")],
        "reasoning": {"effort": "medium", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": made.cache_key,
    }


def test_no_prompt_of_codex_is_put_before() -> None:
    assert "instructions" not in prepared(Rules(prompt=lambda _: "You are Codex.")).body
    assert prepared(instructions="Be brief.").body["instructions"] == "Be brief."


def test_system_messages_become_developer_messages() -> None:
    body = prepared(input=[said("Be brief.", "system"), said("hi")]).body
    assert [item["role"] for item in body["input"]] == ["developer", "user"]


def test_functions_are_wrapped_and_given_back() -> None:
    tools = [{"type": "function", "name": "look", "parameters": {}}, {"type": "web_search"}]
    made = prepared(tools=tools, parallel_tool_calls=True)
    assert [tool["type"] for tool in made.body["tools"]] == ["namespace", "web_search"]
    assert made.body["parallel_tool_calls"] is True
    assert made.restorer.namespace == "functions"


@pytest.mark.parametrize("kind", ["image_generation", "file_search", "mcp", "tool_search"])
def test_tools_that_are_not_served_are_named(kind: str) -> None:
    made = prepared(tools=[{"type": kind}])
    assert "tools" not in made.body
    assert made.dropped == (f"tools:{kind}",)


def test_what_would_be_ignored_is_named() -> None:
    made = prepared(
        service_tier="priority",
        reasoning=Reasoning(context="all_turns", effort="high"),
        text=TextOptions(verbosity="low"),
        client_metadata={"a": "b"},
        dropped=("temperature",),
    )
    assert set(made.dropped) == {"temperature", "service_tier", "reasoning.context"}
    assert "service_tier" not in made.body
    assert "client_metadata" not in made.body
    assert made.body["text"] == {"verbosity": "low"}


def test_the_headers_say_who_we_are_and_nothing_of_codex() -> None:
    headers = identity_of("codex2api", "1.2.3", "Linux; x86_64")(Credential("t", "oaiapp_a"))
    assert headers == {"Authorization": "Bearer t", "User-Agent": "codex2api/1.2.3 (Linux; x86_64)"}
    assert streaming("key")["session-id"] == "key"


def refused(status: int, body: Any, **headers: str) -> Any:
    return failures.from_answer(status, headers, json.dumps(body).encode(), ABOUT)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "subscription_sharing_usage_limit_exceeded", Kind.LIMIT_REACHED),
        (403, "subscription_sharing_user_not_eligible", Kind.PLAN_LACKS_ACCESS),
        (403, "subscription_sharing_route_not_supported", Kind.NOT_SUPPORTED),
        (400, "subscription_sharing_unsupported_capability", Kind.BAD_REQUEST),
        (401, "subscription_sharing_invalid_user", Kind.SIGN_IN_REQUIRED),
        (503, "subscription_sharing_usage_unavailable", Kind.UPSTREAM_UNAVAILABLE),
        (503, "subscription_sharing_user_unavailable", Kind.UPSTREAM_UNAVAILABLE),
        (403, "chatpass_v2_scope_not_authorized", Kind.CONSENT_REQUIRED),
        (403, "chatpass_v2_invalid_authorization_context", Kind.SIGN_IN_REQUIRED),
        (404, "model_not_found", Kind.MODEL_NOT_FOUND),
        (400, "context_length_exceeded", Kind.CONTEXT_TOO_LONG),
        (400, "invalid_encrypted_content", Kind.FOREIGN_REASONING),
        (429, "rate_limit_exceeded", Kind.RATE_LIMITED),
    ],
)
@pytest.mark.parametrize("form", ["error", "detail"])
def test_codes(status: int, code: str, kind: Kind, form: str) -> None:
    error = refused(status, {form: {"code": code, "message": "secret-token", "param": "tools[0]"}})
    assert error.kind is kind
    assert "secret-token" not in error.message
    assert isinstance(error, PassingError) == (status == 503)
    if kind is Kind.BAD_REQUEST:
        assert (error.param, error.code) == ("tools[0]", code)


def test_an_expired_token_in_its_own_form() -> None:
    assert refused(401, {"detail": {"error_code": "invalid_token"}}).kind is Kind.SIGN_IN_REQUIRED


def test_a_refused_field_is_named() -> None:
    error = refused(400, {"detail": "Unsupported parameter: top_k"})
    assert (error.kind, error.param) == (Kind.BAD_REQUEST, "top_k")


def test_a_server_error_is_not_asked_again() -> None:
    assert not isinstance(refused(500, {"error": {"message": "x"}}), PassingError)


def test_a_limit_inside_a_stream() -> None:
    code = "subscription_sharing_usage_limit_exceeded"
    event = Failed(response=Response(id="r", status="failed", error={"code": code}))
    error = failures.from_event(event, {}, ABOUT)
    assert (error.kind, error.retry_after) == (Kind.LIMIT_REACHED, None)
    assert "settings/usage" in error.message


def test_a_limit_that_says_when() -> None:
    body = {"error": {"code": "subscription_sharing_usage_limit_exceeded"}}
    assert refused(429, body, **{"retry-after": "90"}).retry_after == 90
