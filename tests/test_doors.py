"""What may stand in the lists that open a door."""

import pytest

from codex2api.settings import SettingsError, doors, load_settings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://chat.example", "https://chat.example"),
        ("HTTPS://Chat.Example:443/", "https://chat.example"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:80", "http://[::1]"),
        ("app://obsidian.md", "app://obsidian.md"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_an_origin_is_as_browsers_send_it(written: str, meant: str) -> None:
    assert doors.origin(written) == meant


@pytest.mark.parametrize(
    "written", ["box", "Box.Lan:3000", "a_b.example.", "[fd00::1]:3000", "10.0.0.1"]
)
def test_a_host_is_a_name(written: str) -> None:
    assert doors.host(f" {written}") == written.lower()


@pytest.mark.parametrize(
    "written", ["", "*", "*.lan", "http://box.lan", "box/x", "a b", "a:b", "::1", "ä"]
)
def test_a_pattern_is_no_host(written: str) -> None:
    with pytest.raises(ValueError, match="a name"):
        doors.host(written)


NO_ORIGINS = [
    *("*", "null", "", "chat.example", "https://*.example", "https://a/b", "https://a?b"),
    *("https://", "https://a:b", "https://user@host", "https://a b", "https://ä.example"),
    "https://[a",
]


@pytest.mark.parametrize("written", NO_ORIGINS)
def test_everybody_is_no_origin(written: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        doors.origin(written)


@pytest.mark.parametrize("written", ["*", "10.0.0.0/33", "10.0.0.1/8", "proxy.lan", "", "::1/129"])
def test_everybody_is_no_proxy(written: str) -> None:
    with pytest.raises(ValueError, match="network"):
        doors.network(written)
    for good in ("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"):
        assert doors.network(good) == good


EXAMPLES = [
    *("changeme", "change-me", "please_change_this", "replace-me", "insert-key", "sk-your-key"),
    *("your-api-key-1", "YOUR_API_KEY_HERE", "sk-your-openai-key", "sk-xxxxxxxx", "sk-1234567890"),
    *("1234", "test", "sk-test", "api-key-1", "<your key>", "...", "MY_SECRET_KEY", "sk-dummy"),
    *("sk-placeholder", "password", "none", "admin", "<put your key here>", "sk-0123456789"),
    *("my-secret-api-key-123456", "replace-me-with-a-key", "sk-xxxxxxxxxxxxxxxxxxxxxxxx"),
    *("sk-your-openai-api-key-here", "$" + "{CLIENT_KEY_OF_MINE}"),
]
WEAK = ["first-key", "sk-very-secret", "Tr0ub4dor&3", "abcabcabcabcabcabc", "a1" * 20]
OWN = ["0123456789abcdef" * 2, "a1b2c3d4e5f60718", "one-more-Tr0ub4dor&3"]


@pytest.mark.parametrize("key", EXAMPLES)
def test_a_key_of_the_examples_stops_the_start_and_is_not_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"server.apiKeys": [OWN[0], key]}, {"CODEX2API_HOME": "/nowhere"})

    said = str(caught.value)
    assert said.startswith("server.apiKeys = (hidden) (command line) is not valid: this is a place")
    assert f"'{key}'" not in said


@pytest.mark.parametrize("key", WEAK)
def test_a_key_that_can_be_guessed_stops_the_start(key: str) -> None:
    with pytest.raises(
        SettingsError, match=r"has fewer than 16 characters|can be guessed"
    ) as caught:
        load_settings({"server.apiKeys": [key]}, {"CODEX2API_HOME": "/nowhere"})

    assert key not in str(caught.value)


@pytest.mark.parametrize("key", OWN)
def test_a_key_of_ones_own_is_taken(key: str) -> None:
    assert doors.own_key(key) == key


@pytest.mark.parametrize(
    "key", ["server.allowedHosts", "server.allowedOrigins", "server.trustedProxies"]
)
def test_a_list_that_lets_everybody_in_stops_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match=f"^{key} = .* is not valid"):
        load_settings({key: ["*"]}, {"CODEX2API_HOME": "/nowhere"})
