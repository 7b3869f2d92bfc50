"""Clients' own files: what is ours gets in, what is not stays, and doubt changes nothing."""

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from codex2api.connect import Setup, client_named
from codex2api.connect.values import FileEdit, UnsafeEditError

SETUP = Setup("http://127.0.0.1:3000/v1", "gpt-5.5")
OTHER = Setup("http://127.0.0.1:4000/v1", "gpt-5.2-high")
WRITABLE = ("codex", "opencode", "aider", "llm", "continue", "zed")
READERS: dict[str, Any] = {
    "codex": tomllib.loads,
    "opencode": json.loads,
    "zed": json.loads,
    "aider": yaml.safe_load,
    "llm": yaml.safe_load,
    "continue": yaml.safe_load,
}


def edit_of(name: str) -> FileEdit:
    edit = client_named(name).edit
    assert edit is not None
    return edit


def written(name: str, old: str | None, setup: Setup = SETUP) -> str:
    return edit_of(name).merged(old, setup).text


def read(name: str, old: str | None, setup: Setup = SETUP) -> Any:
    return READERS[name](written(name, old, setup))


OLD = {
    "codex": 'model = "o3"\n\n# mine\n[tools]\nweb_search = true\n',
    "opencode": '{\n    "theme": "dark",\n    "provider": {"local": {"models": {}}}\n}\n',
    "zed": '{"vim_mode": true, "language_models": {"ollama": {"api_url": "http://x"}}}',
    "aider": "# mine\nauto-commits: false\nread:\n- a.md\n- b.md\n",
    "llm": "- model_id: other\n  model_name: other\n",
    "continue": "name: Mine\nmodels:\n  - name: Other\n    model: x\nrules: []\n",
}
"""A file of somebody's for each."""


@pytest.mark.parametrize("name", WRITABLE)
def test_a_new_file_says_what_the_snippet_says(name: str) -> None:
    first = client_named(name).snippets(SETUP)[0]
    assert read(name, None) == READERS[name](first.text)
    assert read(name, "\n") == READERS[name](first.text)


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("there", [True, False])
def test_twice_is_once(name: str, there: bool) -> None:
    once = written(name, OLD[name] if there else None)
    assert written(name, once) == once


@pytest.mark.parametrize("name", WRITABLE)
def test_another_address_takes_the_place_of_the_first(name: str) -> None:
    text = written(name, written(name, OLD[name]), OTHER)
    assert "4000" in text
    assert "3000" not in text


@pytest.mark.parametrize("name", ["codex", "aider", "llm", "continue"])
def test_text_that_is_not_ours_stays_as_it_is(name: str) -> None:
    lines = written(name, OLD[name]).splitlines()
    place = 0
    for line in OLD[name].splitlines():
        place = lines.index(line, place) + 1


@pytest.mark.parametrize("name", WRITABLE)
def test_line_ends_of_windows_stay(name: str) -> None:
    old = OLD[name].replace("\n", "\r\n")
    text = written(name, old)
    assert text.count("\n") == text.count("\r\n") or name == "zed"
    assert written(name, text) == text


def test_codex() -> None:
    found = read("codex", OLD["codex"])
    provider = found["model_providers"]["codex2api"]
    assert found["model"] == "o3"  # a chosen model stays
    assert found["model_provider"] == "codex2api"
    assert found["tools"] == {"web_search": True}
    assert provider["base_url"] == SETUP.base_url
    assert provider["env_key"] == "CODEX2API_KEY"


def test_codex_with_another_provider_keeps_it_and_says_so() -> None:
    merged = edit_of("codex").merged('model_provider = "azure"\n', SETUP)
    assert tomllib.loads(merged.text)["model_provider"] == "azure"
    assert "codex -c model_provider=codex2api" in merged.notes[0]


def test_opencode() -> None:
    found = read("opencode", OLD["opencode"])
    assert found["theme"] == "dark"
    assert found["provider"]["local"] == {"models": {}}
    assert found["model"] == "codex2api/gpt-5.5"
    assert found["provider"]["codex2api"]["options"]["apiKey"] == "{env:CODEX2API_KEY}"
    assert '\n    "theme"' in written("opencode", OLD["opencode"])
    chosen = read("opencode", '{"model": "anthropic/x"}')
    assert chosen["model"] == "anthropic/x"


def test_opencode_keeps_other_models_of_ours() -> None:
    found = read("opencode", written("opencode", None, OTHER))
    assert set(found["provider"]["codex2api"]["models"]) == {"gpt-5.5", "gpt-5.2-high"}


def test_zed() -> None:
    found = read("zed", OLD["zed"])["language_models"]
    assert found["ollama"] == {"api_url": "http://x"}
    both = read("zed", written("zed", OLD["zed"], OTHER))["language_models"]["openai_compatible"]
    models = both["codex2api"]["available_models"]
    assert [model["name"] for model in models] == ["gpt-5.2-high", "gpt-5.5"]
    assert both["codex2api"]["api_url"] == SETUP.base_url


def test_aider() -> None:
    assert read("aider", OLD["aider"]) == {
        "auto-commits": False,
        "read": ["a.md", "b.md"],
        "model": "openai/gpt-5.5",
        "openai-api-base": SETUP.base_url,
        "show-model-warnings": False,
    }


def test_llm() -> None:
    other, ours = read("llm", OLD["llm"])
    assert other == {"model_id": "other", "model_name": "other"}
    assert ours["model_id"] == "codex2api/gpt-5.5"


@pytest.mark.parametrize(
    "models",
    [
        "models:\n  - name: Other\n    model: x\n",
        "models:\n- name: Other\n  model: x\n",
        "models: # mine\n\n    # more\n    - name: Other\n      model: x\n",
    ],
)
def test_continue(models: str) -> None:
    found = read("continue", f"name: Mine\n{models}rules: []\n")
    ours, other = found["models"]
    assert other == {"name": "Other", "model": "x"}
    assert ours["apiBase"] == SETUP.base_url
    assert ours["apiKey"] == "${{ secrets.CODEX2API_KEY }}"
    assert found["rules"] == []


@pytest.mark.parametrize(
    "old", ["name: Mine\n", "name: Mine\nmodels:\n", "name: Mine\nmodels:\nz: 1"]
)
def test_continue_without_models(old: str) -> None:
    found = read("continue", old)
    assert [model["model"] for model in found["models"]] == ["gpt-5.5"]
    assert found["name"] == "Mine"


@pytest.mark.parametrize(
    ("name", "old", "reason"),
    [
        ("codex", "model = \n", "TOML"),
        ("codex", "[model_providers.codex2api]\nname = 'x'\n", "its own"),
        ("codex", "model_providers = 3\n", "its own"),
        ("codex", "model_providers = {azure = {name = 'x'}}\n", "TOML"),
        ("codex", "# >>> codex2api: written by 'codex2api connect --write'\n", "mark"),
        ("codex", "# <<< codex2api\n", "mark"),
        ("opencode", '{\n  // mine\n  "theme": "dark"\n}', "comments"),
        ("opencode", '{"theme": "dark",}', "comments"),
        ("opencode", '{"theme": "a", "theme": "b"}', "comments"),
        ("opencode", "[]", "object"),
        ("opencode", "[" * 100_000, "comments"),
        ("zed", "// Zed settings\n{}", "comments"),
        ("aider", "model: gpt-4o\n", "'model'"),
        ("aider", "{auto-commits: false}\n", "one key"),
        ("aider", "a: 1\n---\nb: 2\n", "one key"),
        ("aider", "a: 1\n...\n", "one key"),
        ("llm", "[]\n", "list"),
        ("llm", "models: []\n", "list"),
        ("llm", "- model_id: codex2api/gpt-5.5\n", "already"),
        ("continue", "models: []\n", "item"),
        ("continue", "models:\n  name: Other\n", "item"),
        ("continue", "models:\n  [x]\n", "item"),
        ("continue", "- models\n? x\n", "one key"),
    ],
)
def test_doubt_changes_nothing(name: str, old: str, reason: str) -> None:
    with pytest.raises(UnsafeEditError, match=reason):
        edit_of(name).merged(old, SETUP)


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10), st.text(max_size=8), st.floats(-9, 9)
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_WORDS = st.text("abcxyz", min_size=1, max_size=6)


@given(st.dictionaries(_WORDS, _JSON, max_size=4), st.sampled_from([None, 2, 4, "\t"]))
def test_any_json_keeps_all_that_is_not_ours(content: dict[str, Any], indent: Any) -> None:
    old = json.dumps(content, indent=indent)
    found = read("zed", old)
    assert {key: found[key] for key in content} == content
    assert written("zed", written("zed", old)) == written("zed", old)


@given(st.dictionaries(_WORDS, st.one_of(st.booleans(), st.text("ab\n: -#'\"", max_size=9))))
def test_any_yaml_mapping_keeps_all_that_is_not_ours(content: dict[str, Any]) -> None:
    old = yaml.safe_dump(content) if content else ""
    found = read("aider", old)
    assert {key: found[key] for key in content} == content
