"""Every client's snippets are what they claim to be, and say what they have to."""

import json
import subprocess
import tomllib
from pathlib import PurePosixPath, PureWindowsPath

import pytest
import yaml

from codex2api.connect import (
    CLIENTS,
    Client,
    Listening,
    Setup,
    base_url,
    client_named,
    conditions,
)
from codex2api.connect.values import KEY_PLACEHOLDER, KEY_VARIABLE, Kind, Machine, Reach

SETUP = Setup("http://127.0.0.1:3000/v1", "gpt-5.5-high")
LOOPBACK = Listening("127.0.0.1", 3000)
WANTED = {
    *("curl", "openai-python", "openai-node", "langchain", "litellm", "vercel-ai"),
    *("anthropic-python", "codex", "claude-code", "opencode", "aider", "llm"),
    *("cursor", "cline", "continue", "zed"),
    *("open-webui", "librechat", "n8n", "home-assistant", "raycast"),
}


def name_of(client: Client) -> str:
    return client.name


every_client = pytest.mark.parametrize("client", CLIENTS, ids=name_of)


def check(language: str, text: str) -> None:
    """A text is one of its language."""
    match language:
        case "json":
            json.loads(text)
        case "toml":
            tomllib.loads(text)
        case "yaml":
            assert isinstance(yaml.safe_load(text), dict | list)
        case "python":
            compile(text, "snippet", "exec")
        case "sh":
            subprocess.run(["sh", "-n"], input=text.encode(), check=True)
        case "env":
            assert all("=" in line for line in text.splitlines())
        case _:
            assert language in ("js", "text")


def test_all_that_were_wanted_are_there_once() -> None:
    assert sorted(map(name_of, CLIENTS)) == sorted(WANTED)


@every_client
def test_a_snippet_is_of_its_language_and_ends_its_lines(client: Client) -> None:
    for snippet in client.snippets(SETUP):
        check(snippet.language, snippet.text)
        assert snippet.text.endswith("\n")
        assert snippet.label
        assert max(map(len, snippet.text.splitlines())) <= 120


@every_client
def test_the_address_and_the_model_are_filled_in(client: Client) -> None:
    told = "".join(snippet.text for snippet in client.snippets(SETUP))

    assert "http://127.0.0.1:3000" in told
    assert "gpt-5.5-high" in told or client.name == "n8n" or client.name == "open-webui"
    is_anthropic = client.name in ("anthropic-python", "claude-code")
    assert ("127.0.0.1:3000/v1" in told) is not is_anthropic


@every_client
def test_a_key_stands_only_where_it_must_be_pasted(client: Client) -> None:
    bare = "".join(snippet.text for snippet in client.snippets(SETUP))
    keyed = Setup(SETUP.base_url, SETUP.model, "sk-c2a-secret")
    told = "".join(snippet.text for snippet in client.snippets(keyed))

    assert "sk-c2a-secret" not in repr(keyed)
    assert (KEY_VARIABLE in bare) or (KEY_PLACEHOLDER in bare) or client.pastes_key
    assert KEY_PLACEHOLDER not in told
    if not client.pastes_key and client.name != "open-webui":
        assert told == bare


@every_client
def test_where_it_is_documented(client: Client) -> None:
    assert client.source.startswith("https://")
    assert client.title
    assert client.kind in Kind


@every_client
def test_what_runs_elsewhere_says_what_that_needs(client: Client) -> None:
    address = base_url(client, LOOPBACK)
    told = " ".join(note.text.format(**note.values) for note in conditions(client, LOOPBACK))

    match client.reach:
        case Reach.HERE:
            assert (address, told) == ("http://127.0.0.1:3000/v1", "")
        case Reach.CONTAINER:
            assert address == "http://host.docker.internal:3000/v1"
            assert "server.host 0.0.0.0" in told
            assert "server.allowedHosts host.docker.internal" in told
            assert "key" in told
        case Reach.NETWORK:
            assert "server.host 0.0.0.0" in told
        case Reach.INTERNET:
            assert address.startswith("https://")
            assert "server.allowedHosts" in told


def test_clients_in_containers() -> None:
    found = {client.name for client in CLIENTS if client.reach is Reach.CONTAINER}
    assert found == {"open-webui", "librechat", "n8n"}


def test_a_server_that_is_ready_for_containers_needs_nothing() -> None:
    ready = Listening("0.0.0.0", 8000, False, ("host.docker.internal",))
    client = client_named("open-webui")

    assert base_url(client, ready) == "http://host.docker.internal:8000/v1"
    assert conditions(client, ready) == []


def test_names_that_are_allowed_already_are_kept() -> None:
    server = Listening("0.0.0.0", 3000, False, ("box.lan",))
    (note,) = conditions(client_named("n8n"), server)
    assert note.values == {"names": "box.lan,host.docker.internal"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [("192.168.1.7", "http://192.168.1.7:3000/v1"), ("fd00::7", "http://[fd00::7]:3000/v1")],
)
def test_an_address_of_its_own_is_used(host: str, expected: str) -> None:
    for name in ("curl", "n8n", "home-assistant"):
        assert base_url(client_named(name), Listening(host, 3000, False)) == expected


@pytest.mark.parametrize(
    ("address", "model", "key"),
    [
        ("http://127.0.0.1:3000", "gpt-5.5", None),
        ("ftp://127.0.0.1/v1", "gpt-5.5", None),
        ('http://127.0.0.1"; rm -rf ~/v1', "gpt-5.5", None),
        ("http://127.0.0.1:3000/v1", 'gpt"', None),
        ("http://127.0.0.1:3000/v1", "$(id)", None),
        ("http://127.0.0.1:3000/v1", "", None),
        ("http://127.0.0.1:3000/v1", "gpt-5.5", "a'b"),
    ],
)
def test_what_would_break_out_of_a_snippet_is_refused(
    address: str, model: str, key: str | None
) -> None:
    with pytest.raises(ValueError, match=r"expected|model|key"):
        Setup(address, model, key)


def test_a_form_is_told_by_its_fields() -> None:
    (form,) = client_named("cline").snippets(
        Setup("http://127.0.0.1:3000/v1", "gpt-5.5", "sk-c2a-x")
    )
    assert (form.label, form.language) == ("Cline settings", "text")
    assert form.text == (
        "API Provider         OpenAI Compatible\n"
        "Base URL             http://127.0.0.1:3000/v1\n"
        "API Key              sk-c2a-x\n"
        "Model ID             gpt-5.5\n"
        "Context Window Size  272000\n"
    )


def test_an_unknown_client_is_told_the_nearest() -> None:
    with pytest.raises(LookupError, match="nearest is 'opencode'"):
        client_named("OpenCod")


@pytest.mark.parametrize(
    ("name", "linux", "darwin"),
    [
        ("codex", "/h/.codex/config.toml", "/h/.codex/config.toml"),
        ("opencode", "/h/.config/opencode/opencode.json", "/h/.config/opencode/opencode.json"),
        ("aider", "/h/.aider.conf.yml", "/h/.aider.conf.yml"),
        (
            "llm",
            "/h/.config/io.datasette.llm/extra-openai-models.yaml",
            "/h/Library/Application Support/io.datasette.llm/extra-openai-models.yaml",
        ),
        ("continue", "/h/.continue/config.yaml", "/h/.continue/config.yaml"),
        ("zed", "/h/.config/zed/settings.json", "/h/.config/zed/settings.json"),
    ],
)
def test_where_files_are(name: str, linux: str, darwin: str) -> None:
    edit = client_named(name).edit
    assert edit is not None
    home = PurePosixPath("/h")
    assert str(edit.path(Machine("linux", home))) == linux
    assert str(edit.path(Machine("darwin", home))) == darwin


@pytest.mark.parametrize(
    ("name", "variable", "expected"),
    [
        ("codex", "CODEX_HOME", "/x/config.toml"),
        ("opencode", "XDG_CONFIG_HOME", "/x/opencode/opencode.json"),
        ("llm", "LLM_USER_PATH", "/x/extra-openai-models.yaml"),
        ("llm", "XDG_CONFIG_HOME", "/x/io.datasette.llm/extra-openai-models.yaml"),
        ("continue", "CONTINUE_GLOBAL_DIR", "/x/config.yaml"),
        ("zed", "XDG_CONFIG_HOME", "/x/zed/settings.json"),
    ],
)
def test_variables_that_move_files(name: str, variable: str, expected: str) -> None:
    edit = client_named(name).edit
    assert edit is not None
    machine = Machine("linux", PurePosixPath("/h"), {variable: "/x"})
    assert str(edit.path(machine)) == expected


def test_where_files_are_on_windows() -> None:
    machine = Machine("win32", PureWindowsPath("C:/h"), {"APPDATA": "C:/h/AppData/Roaming"})
    found = {}
    for client in CLIENTS:
        if client.edit is not None:
            found[client.name] = client.edit.path(machine).as_posix()
    assert found == {
        "codex": "C:/h/.codex/config.toml",
        "opencode": "C:/h/.config/opencode/opencode.json",
        "aider": "C:/h/.aider.conf.yml",
        "llm": "C:/h/AppData/Roaming/io.datasette.llm/extra-openai-models.yaml",
        "continue": "C:/h/.continue/config.yaml",
        "zed": "C:/h/AppData/Roaming/Zed/settings.json",
    }
