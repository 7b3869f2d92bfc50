"""Requests that real clients sent, as recorded."""

from typing import Any

import msgspec
import pytest

from codex2api.dialects.responses import RESPONSES
from codex2api.protocol import json
from tests.served import SHARED

FILES = sorted(
    [
        *(SHARED / "captures").glob("client-*-responses.json"),
        *(SHARED / "captures").glob("codex-apikey-http-*.json"),
    ]
)


def bodies(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Recorded bodies of ``/v1/responses`` in the files whose name begins so."""
    found = []
    for file in FILES:
        for at, exchange in enumerate(msgspec.json.decode(file.read_bytes())["exchanges"]):
            if file.name.startswith(name) and exchange["path"] == "/v1/responses":
                found.append((f"{file.stem}-{at}", exchange["body"]))
    return found


def cases(name: str) -> Any:
    skip = pytest.mark.skip(reason="recorded requests are not at hand")
    found = bodies(name) or [pytest.param("", {}, marks=skip)]
    return pytest.mark.parametrize(("case", "body"), found)


@cases("")
def test_every_recorded_request_is_understood(case: str, body: dict[str, Any]) -> None:
    parsed = RESPONSES.parse(json.encode(body))
    [request] = RESPONSES.to_upstream(parsed.request)
    assert request.model == body["model"]
    assert parsed.survey.dropped == ()
    assert len(request.tools) == len(body.get("tools", []))
    kept = [item for item in request.input if item["type"] != "reasoning"]
    asked = [item for item in body["input"] if item.get("type") != "reasoning"]
    assert len(kept) == len(asked)


@cases("codex-")
def test_codex_passes_untouched(case: str, body: dict[str, Any]) -> None:
    [request] = RESPONSES.to_upstream(RESPONSES.parse(json.encode(body)).request)
    # The state of a replayed call is the server's remark and must not go back.
    items = [
        {name: value for name, value in item.items() if name != "status"} for item in body["input"]
    ]
    assert request.input == items
    assert request.tools == body["tools"]
    assert request.client_metadata == body["client_metadata"]
    assert request.prompt_cache_key == body["prompt_cache_key"]
    assert request.include == body["include"]
    assert request.tool_choice == body["tool_choice"]
    assert request.parallel_tool_calls is True
    assert request.reasoning.summary == body["reasoning"]["summary"]
    assert (request.instructions, request.dropped) == (None, ())


@cases("client-agents")
def test_reasoning_that_an_agent_cannot_replay_is_named(case: str, body: dict[str, Any]) -> None:
    [request] = RESPONSES.to_upstream(RESPONSES.parse(json.encode(body)).request)
    hollow = any(item.get("type") == "reasoning" for item in body["input"])
    assert request.dropped == (("input.reasoning",) if hollow else ())
