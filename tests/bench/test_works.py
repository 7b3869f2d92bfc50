"""The requests of the workloads."""

import json

import pytest

from bench.works import MEGABYTE, WORKS, body
from codex2api.dialects.chat import CHAT
from codex2api.dialects.responses import RESPONSES


@pytest.mark.parametrize("name", WORKS)
def test_each_is_a_request_that_we_understand(name: str) -> None:
    work = WORKS[name]
    dialect = RESPONSES if work.path == "responses" else CHAT
    parsed = dialect.parse(body(work, "gpt-5.4"))

    assert parsed.request.stream is work.stream
    assert f"SIM:n={work.deltas}:d={work.pause}:" in str(dialect.to_upstream(parsed.request))


@pytest.mark.parametrize("name", ["talk", "image"])
def test_large_ones_are_a_megabyte(name: str) -> None:
    assert len(body(WORKS[name], "gpt-5.4")) == pytest.approx(MEGABYTE, rel=0.01)


def test_a_conversation_in_the_other_form() -> None:
    asked = json.loads(body(WORKS["talk"], "gpt-5.4", as_responses=True))

    assert [item["role"] for item in asked["input"][:2]] == ["user", "assistant"]
