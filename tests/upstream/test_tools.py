"""Tool names on their way in and back."""

import re

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol.events import Completed, ItemAdded, ItemDone, Response
from codex2api.upstream.tools import (
    Restorer,
    fit_calls,
    fit_choice,
    fit_name,
    fit_tools,
    is_hosted,
    shortened,
)
from tests import events

LONG = "mcp.server/" + "x" * 80
SHORT = fit_name(LONG)
CALL = {"type": "function_call", "call_id": "c", "name": LONG, "arguments": "{}"}


@given(st.text(max_size=100))
def test_every_name_is_made_acceptable(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", fit_name(name))
    assert fit_name(fit_name(name)) == fit_name(name)


@given(st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True))
def test_a_good_name_stays(name: str) -> None:
    assert fit_name(name) == name


def test_names_that_begin_alike_stay_apart() -> None:
    assert fit_name("a" * 90 + "1") != fit_name("a" * 90 + "2")
    assert fit_name("a.b") != fit_name("a/b")


def test_definitions_choices_and_replayed_calls_agree() -> None:
    tool = {"type": "function", "name": LONG}
    nested = {"type": "namespace", "name": "n", "tools": [tool]}

    assert fit_tools([tool, nested]) == [
        {"type": "function", "name": SHORT},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": SHORT}]},
    ]
    assert fit_choice(tool) == {"type": "function", "name": SHORT}
    allowed = {"type": "allowed_tools", "mode": "auto", "tools": [tool]}
    assert fit_choice(allowed)["tools"] == [{"type": "function", "name": SHORT}]
    assert fit_choice("auto") == "auto"
    assert next(iter(fit_calls([CALL], None)))["name"] == SHORT
    assert shortened([tool, nested, {"type": "function", "name": "ok"}]) == {SHORT: LONG}


def test_the_callers_names_come_back() -> None:
    sent = CALL | {"name": SHORT, "namespace": "functions"}
    batch = [
        ItemAdded(item=dict(sent)),
        events.text("hi"),
        ItemDone(item=dict(sent)),
        ItemDone(item={"type": "message", "name": SHORT}),
        Completed(response=Response(output=[dict(sent)])),
        Completed(response=Response()),
    ]

    Restorer({SHORT: LONG}, "functions").restore(batch)

    assert batch == [
        ItemAdded(item=CALL),
        events.text("hi"),
        ItemDone(item=CALL),
        ItemDone(item={"type": "message", "name": SHORT}),
        Completed(response=Response(output=[CALL])),
        Completed(response=Response()),
    ]


def test_a_callers_namespace_stays() -> None:
    batch = [ItemDone(item=CALL | {"namespace": "mcp"})]

    Restorer({}, "functions").restore(batch)

    assert batch == [ItemDone(item=CALL | {"namespace": "mcp"})]


def test_most_requests_need_no_restoring() -> None:
    assert not Restorer().needed


@pytest.mark.parametrize("kind", ["function", "custom", "namespace", "tool_search"])
def test_tools_that_the_client_runs(kind: str) -> None:
    assert not is_hosted({"type": kind})


@pytest.mark.parametrize("kind", ["web_search", "image_generation", "mcp"])
def test_tools_that_the_backend_runs(kind: str) -> None:
    assert is_hosted({"type": kind})
