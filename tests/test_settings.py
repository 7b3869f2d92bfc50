"""Settings: four layers, origins, and one sentence for every mistake."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from codex2api.settings import Settings, SettingsError, check_value, load_settings
from codex2api.settings.layers import Given, key_of, variable_of
from codex2api.settings.meanings import MEANINGS
from codex2api.settings.schema import known_keys


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own, and nothing else."""
    return {"CODEX2API_HOME": str(tmp_path)}


def write(home: Path, content: Any, name: str = "config.json") -> Path:
    path = home / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def refusal(env: dict[str, str], **layers: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(layers.get("overrides"), env, layers.get("config_path"))
    return str(caught.value)


def test_the_defaults_are_those_of_the_contract(env: dict[str, str]) -> None:
    settings = load_settings(env=env)

    assert settings.model_dump() == Settings().model_dump()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 3000)
    assert settings.backend.idle_timeout_seconds == 300
    assert settings.store.url is None


def test_the_strongest_layer_wins(env: dict[str, str], tmp_path: Path) -> None:
    path = write(tmp_path, {"server": {"port": 1, "workers": 3}, "logging": {"level": "debug"}})

    settings = load_settings(
        {"server.port": 9, "server.host": None}, {**env, "PORT": "5", "LOG_LEVEL": "WARNING"}
    )

    assert (settings.server.port, settings.server.workers, settings.logging.level) == (9, 3, "warn")
    assert settings.origin("server.port") == "command line"
    assert settings.origin("logging.level") == "environment variable LOG_LEVEL"
    assert settings.origin("server.workers") == f"config file {path}"
    assert settings.origin("server.host") == "default"


def test_a_setting_that_equals_its_default_still_counts_as_set(env: dict[str, str]) -> None:
    name = "CODEX2API_CODEX__DEFAULT_REASONING_EFFORT"

    assert load_settings(env={**env, name: "medium"}).is_set("codex.defaultReasoningEffort")
    assert not load_settings(env=env).is_set("codex.defaultReasoningEffort")


def test_the_long_environment_name_beats_the_short_one(env: dict[str, str]) -> None:
    settings = load_settings(env={**env, "PORT": "1", "CODEX2API_SERVER__PORT": "2"})

    assert settings.server.port == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [("a.example, b.example", ("a.example", "b.example")), ('["a"]', ("a",)), ("[]", ())],
)
def test_lists_in_the_environment(env: dict[str, str], text: str, names: tuple[str, ...]) -> None:
    settings = load_settings(env={**env, "CODEX2API_SERVER__ALLOWED_HOSTS": text})

    assert settings.server.allowed_hosts == names


def test_accounts(env: dict[str, str]) -> None:
    given = {
        "CODEX2API_ACCOUNTS__STRATEGY": "fill-first",
        "CODEX2API_ACCOUNTS__ORDER": "work, default",
        "CODEX2API_ACCOUNTS__PINNED": "work",
    }
    accounts = load_settings(env=env | given).accounts

    assert (accounts.strategy, accounts.order, accounts.pinned) == (
        "fill-first",
        ("work", "default"),
        "work",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("accounts.strategy", "random"),
        ("accounts.order", "work,../x"),
        ("accounts.pinned", "a b"),
    ],
)
def test_accounts_that_cannot_be(env: dict[str, str], key: str, value: str) -> None:
    said = refusal(env, overrides={key: value})

    assert key in said
    assert "command line" in said


@pytest.mark.parametrize(
    "text",
    [
        "claude-*opus*=gpt-6.1-sol | gpt-5.5, claude-*=gpt-5.5",
        '{"claude-*opus*": ["gpt-6.1-sol", "gpt-5.5"], "claude-*": "gpt-5.5"}',
    ],
)
def test_a_table_of_models(env: dict[str, str], text: str) -> None:
    settings = load_settings({}, env | {"CODEX2API_MESSAGES__MODELS": text})

    assert list(settings.messages.models.items()) == [
        ("claude-*opus*", ("gpt-6.1-sol", "gpt-5.5")),
        ("claude-*", ("gpt-5.5",)),
    ]


@pytest.mark.parametrize(
    "text", ["claude-*", "claude-*=", "a=b|", '{"a": []}', "{", '{"a": 1}', "[]"]
)
def test_a_table_of_models_that_cannot_be(env: dict[str, str], text: str) -> None:
    with pytest.raises(SettingsError, match=r"^messages\.models = "):
        load_settings({}, env | {"CODEX2API_MESSAGES__MODELS": text})


def test_an_empty_variable_says_nothing(env: dict[str, str]) -> None:
    settings = load_settings(env={**env, "PORT": "", "CODEX2API_BACKEND__PROXY": ""})

    assert (settings.server.port, settings.backend.proxy) == (3000, None)


def test_keys_are_never_shown(env: dict[str, str]) -> None:
    settings = load_settings(
        env={**env, "CODEX2API_API_KEYS": "first-key-0123456789,second-key-0123456789"}
    )

    assert [key.get_secret_value() for key in settings.server.api_keys] == [
        "first-key-0123456789",
        "second-key-0123456789",
    ]
    assert "first-key" not in repr(settings)
    assert "first-key" not in settings.model_dump_json()


def test_a_named_file_beats_the_usual_ones(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, {"server": {"port": 1}})
    by_env = write(tmp_path, {"server": {"port": 2}}, "two.json")
    by_option = write(tmp_path, {"server": {"port": 3}}, "three.json")
    env["CONFIG_PATH"] = str(by_env)

    assert load_settings(env=env).server.port == 2
    assert load_settings(env=env, config_path=by_option).server.port == 3


def test_the_older_routers_file_is_read_when_there_is_no_other(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".chatgpt-codex-router").mkdir()
    path = write(tmp_path / ".chatgpt-codex-router", {"server": {"port": 7}})

    assert load_settings(env={**env, "CODEX2API_HOME": str(tmp_path / "h")}).config_file == path


def test_folders_lie_in_the_home(env: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings({"logging.dir": "elsewhere"}, env)

    assert settings.data_dir == tmp_path / "data"
    assert settings.logs_dir == tmp_path / "elsewhere"
    assert load_settings({"logging.dir": "/var/log/c"}, env).logs_dir == Path("/var/log/c")


@pytest.mark.parametrize(
    ("given_env", "parts"),
    [
        ({"PORT": "99999"}, ["server.port", "'99999'", "environment variable PORT", "65535"]),
        (
            {"CODEX2API_BACKEND__IDLE_TIMOUT": "5"},
            ["backend.idleTimout", "'5'", "CODEX2API_BACKEND__IDLE_TIMOUT", "backend.idleTimeout"],
        ),
        ({"LOG_LEVEL": "loud"}, ["logging.level", "'loud'", "LOG_LEVEL", "'debug'"]),
        ({"CODEX2API_BACKEND__URL": "ftp://x"}, ["backend.url", "'ftp://x'", "https://"]),
        ({"CODEX2API_BACKEND__ORIGINATOR": "a b"}, ["backend.originator", "one word"]),
        ({"CODEX2API_BACKEND__TIMEOUT": "null"}, ["backend.timeout", "None"]),
        ({"CODEX2API_OAUTH__ISSUER": "x" * 200}, ["oauth.issuer", "..."]),
        ({"CONFIG_PATH": "/no/such/file"}, ["/no/such/file", "CONFIG_PATH"]),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    env: dict[str, str], given_env: dict[str, str], parts: list[str]
) -> None:
    sentence = refusal({**env, **given_env})

    assert [part for part in parts if part not in sentence] == []
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"server": {"prot": 1}}, ["server.prot = 1", "server.port"]),
        ({"sever": {"port": 1}}, ["sever.port = 1", "server.port"]),
        ({"port": 1}, ["port = 1", "server.port"]),
        ({"server": 5}, ["server = 5", "must be an object"]),
        ({"server": {"port": [1]}}, ["server.port = [1]", "integer"]),
        ({"server": {"allowedHosts": [1]}}, ["server.allowedHosts = [1]", "string"]),
        ("{", ["not valid JSON"]),
        ("[]", ["one JSON object"]),
        ("[" * 100_000, ["not valid JSON"]),
    ],
)
def test_a_mistake_in_the_file_is_named(
    env: dict[str, str], tmp_path: Path, content: Any, parts: list[str]
) -> None:
    path = write(tmp_path, content)

    sentence = refusal(env)

    assert [part for part in [str(path), *parts] if part not in sentence] == []


def test_a_file_that_is_no_text(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"\xff\xfe\x00")

    assert "not UTF-8" in refusal(env)


def test_a_secret_of_the_wrong_kind_is_not_told(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, {"server": {"apiKeys": {"sk-very-secret": 1}}})

    sentence = refusal(env)

    assert "server.apiKeys = (hidden)" in sentence
    assert "sk-very-secret" not in sentence


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "my.host.example"])
def test_no_keys_only_on_loopback(env: dict[str, str], host: str) -> None:
    sentence = refusal(env, overrides={"server.auth": "none", "server.host": host})

    assert "loopback" in sentence
    assert load_settings({"server.auth": "none"}, env).server.auth == "none"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback_hosts(env: dict[str, str], host: str) -> None:
    assert load_settings({"server.host": host}, env).server.on_loopback


@pytest.mark.parametrize("key", known_keys())
def test_every_key_has_an_environment_name_that_leads_back(key: str) -> None:
    assert key_of(variable_of(key)) == key


def test_the_environment_name_of_the_contract() -> None:
    assert variable_of("backend.idleTimeout") == "CODEX2API_BACKEND__IDLE_TIMEOUT"


def test_a_value_is_checked_and_put_in_json_form() -> None:
    assert check_value("server.allowedHosts", Given("a,b", "command line")) == ["a", "b"]
    with pytest.raises(SettingsError, match=r"nearest is server\.port"):
        check_value("server.prot", Given("1", "command line"))


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3))
def test_whatever_the_environment_holds_it_loads_or_says_why(extra: dict[str, str]) -> None:
    env = {"CODEX2API_HOME": "/nowhere", "HOME": "/nowhere"}
    env |= {f"CODEX2API_{name.upper()}": text for name, text in extra.items() if name != "HOME"}
    sentence = "."
    try:
        load_settings(env=env)
    except SettingsError as error:
        sentence = str(error)
    assert sentence.endswith(".")


@pytest.mark.parametrize("key", known_keys())
def test_every_setting_is_documented_with_its_default(key: str) -> None:
    section, _, name = key.partition(".")
    default = Settings().model_dump(by_alias=True)[section][name]
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text("utf-8")

    assert f"| `{key}` | `{json.dumps(default)}` |" in page


def test_every_setting_has_a_meaning_and_nothing_else_has() -> None:
    assert set(MEANINGS) == set(known_keys())
    assert [key for key, text in MEANINGS.items() if not text.endswith((".", ")"))] == []


def test_a_user_without_a_home_is_told_what_to_set() -> None:
    with pytest.raises(SettingsError, match="set CODEX2API_HOME"):
        load_settings(env={"CODEX2API_HOME": "~nobody-of-this-name/home"})
