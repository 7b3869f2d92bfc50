"""Requests as real clients sent them."""

from pathlib import Path
from typing import Any

import pytest

from codex2api.dialects.chat import CHAT
from codex2api.protocol import json
from tests.served import SHARED


def recorded(path: Path) -> list[dict[str, Any]]:
    exchanges = json.decode(path.read_bytes())["exchanges"]
    return [exchange["body"] for exchange in exchanges if exchange["path"] == CHAT.path]


def test_every_recorded_request_is_understood() -> None:
    files = sorted((SHARED / "captures").glob("client-*-chat.json"))
    if not files:
        pytest.skip("no recorded requests at hand")

    bodies = [(path.name, body) for path in files for body in recorded(path)]

    assert len(bodies) >= 25
    for name, body in bodies:
        parsed = CHAT.parse(json.encode(body))
        [wanted] = CHAT.to_upstream(parsed.request)
        assert wanted.model == body["model"], name
        assert wanted.input, name
        assert len(wanted.tools) == len(body.get("tools", ())), name
        assert parsed.survey.dropped == (), name
