"""Which changes of the settings a running server takes."""

import re
from pathlib import Path

import pytest

from codex2api.settings import Settings, load_settings
from codex2api.settings.changes import changes, is_taken
from codex2api.settings.schema import known_keys


def given(**values: object) -> Settings:
    return load_settings({key.replace("__", "."): value for key, value in values.items()}, env={})


def test_what_is_safe_is_taken_and_the_rest_waits() -> None:
    running = given(server__port=1, codex__strict=False)
    wanted = given(server__port=2, codex__strict=True, backend__timeout=7)

    found = changes(running, wanted)

    assert found.taken == ["codex.strict"]
    assert found.waiting == ["server.port", "backend.timeout"]
    assert found.settings.by_key() == running.by_key() | {"codex.strict": True}
    assert changes(found.settings, wanted).taken == []


def test_choosing_the_default_is_a_change_and_unchoosing_it_as_well() -> None:
    chosen = given(codex__defaultReasoningEffort="medium")

    found = changes(given(), chosen)

    assert found.taken == ["codex.defaultReasoningEffort"]
    assert found.settings.is_set("codex.defaultReasoningEffort")
    back = changes(found.settings, given())
    assert back.taken == ["codex.defaultReasoningEffort"]
    assert not back.settings.is_set("codex.defaultReasoningEffort")


@pytest.mark.parametrize("section", ["oauth", "backend", "store"])
def test_where_things_are_is_never_taken(section: str) -> None:
    places = {key for key in known_keys() if key.startswith(section) and key.endswith(("rl", "er"))}
    assert places
    assert not any(is_taken(key) for key in places)


def test_the_page_says_which_is_which() -> None:
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+\.\w+)` \| .*? \| (yes|no) \| ", page, re.MULTILINE)

    assert dict(rows) == {key: "yes" if is_taken(key) else "no" for key in known_keys()}
