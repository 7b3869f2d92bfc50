"""Servers that let everybody in unless somebody thought of it.

Ollama: 175 000 open servers, nearly all by binding to all interfaces (January 2026).
GHSA-gr74-4xfh-6jw9: an agent monitor on all interfaces, no login, ``*`` for CORS. codex2api (Go)
PR #109: no key set let everybody in, at least 36 public sites. CLIProxyAPI #3376: the key of the
example file works. CliRelay #404: whoever came through a proxy on the same host was admin, because
the peer was local.
"""

import re
from pathlib import Path

import httpx2
import pytest

from codex2api.api.health import OPEN_PATHS
from codex2api.settings import SettingsError, load_settings
from codex2api.settings.schema import Settings
from tests.served import Served

ROOT = Path(__file__).parents[2]
NOWHERE = {"CODEX2API_HOME": "/nowhere"}

AREAS = ["/", "/v1", "/v1/models", "/v1/chat/completions", "/v1/responses", "/v1/files", "/docs"]
ADMIN = ["/admin/api/keys", "/auth/status", "/auth/login", "/openapi.json", "/metrics"]


def test_nothing_configured_is_shut() -> None:
    server = Settings().server

    assert server.on_loopback
    assert (server.auth, server.api_keys) == ("required", ())
    assert (server.allowed_origins, server.allowed_hosts, server.trusted_proxies) == ((), (), ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.9", "example.org"])
def test_beyond_loopback_the_key_cannot_be_switched_off(host: str) -> None:
    with pytest.raises(SettingsError, match="loopback"):
        load_settings({"server.host": host, "server.auth": "none"}, NOWHERE)


def test_the_first_start_makes_a_key_of_256_bits(product: Served) -> None:
    file = product.home / "data" / "local.key"

    assert file.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"sk-codex2api-[\w-]{43}", product.key)


def test_no_key_of_our_own_pages_works() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docker").iterdir()]
    for page in pages:
        for key in re.findall(r"CODEX2API_API_KEYS[=:]\s*([^\s`$|]+)", page.read_text("utf-8")):
            with pytest.raises(SettingsError):
                load_settings({"server.apiKeys": [key]}, NOWHERE)


def test_examples_publish_to_loopback() -> None:
    compose = (ROOT / "docker" / "compose.yaml").read_text("utf-8")
    ports = re.findall(r"^\s*- \"?([^\s\"]+:3000)\"?\s*(?:#.*)?$", compose, re.MULTILINE)
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", [*AREAS, *ADMIN])
async def test_every_route_needs_a_key(stranger: httpx2.AsyncClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        answer = await stranger.request(method, path)
        assert answer.status_code in (400, 401), (method, path)
        assert "access-control-allow-origin" not in answer.headers
    assert frozenset({"/health", "/health/live", "/health/ready"}) == OPEN_PATHS


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["key", "api_key", "apikey", "access_token", "token"])
async def test_a_key_in_the_address_is_none(
    stranger: httpx2.AsyncClient, product: Served, name: str
) -> None:
    """Row 89: addresses end up in logs."""
    assert (await stranger.get("/v1/models", params={name: product.key})).status_code == 401


KEYLESS = [
    *("", "Bearer", "Bearer x", "Basic {key}", "bearer\t{key}", "Token {key}", "{key}"),
    *("Bearer {key}x", "Bearer x{key}", "Bearer {half}", "Bearer {key} {key}", "Bearer {upper}"),
    *("Bearer null", "Bearer undefined", "Bearer ' OR '1'='1", "Bearer {key}' --", "Bearer *"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("form", KEYLESS)
async def test_nothing_but_the_key_is_the_key(
    stranger: httpx2.AsyncClient, product: Served, form: str
) -> None:
    """Row 87; and LiteLLM GHSA-r75f-5x8p-qvmc (CVE-2026-42208): the key became SQL text.

    Keys are only ever compared by their SHA-256, so that no key is text of anything.
    """
    key = product.key
    shown = form.format(key=key, half=key[: len(key) // 2], upper=key.upper())
    answer = await stranger.get("/v1/models", headers={"authorization": shown})

    assert answer.status_code in (401, 429)
    assert key[13:] not in answer.text
    assert "OR '1'" not in answer.text


FORWARDED = {
    **dict.fromkeys(["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"], "127.0.0.1"),
    "X-Forwarded-Host": "localhost",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Uri": "/health",
    "X-Original-URL": "/health",
    "X-Rewrite-URL": "/health",
    "X-HTTP-Method-Override": "OPTIONS",
    "X-Forwarded-User": "owner",
    "X-Forwarded-Email": "owner@example.org",
    "X-Remote-User": "owner",
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FORWARDED)
async def test_forwarded_headers_open_nothing(stranger: httpx2.AsyncClient, name: str) -> None:
    """oauth2-proxy CVE-2025-64484 (underscores) and CVE-2026-40575 (``X-Forwarded-Uri``)."""
    for spelling in (name, name.replace("-", "_"), name.lower(), name.upper()):
        for path in ("/v1/models", "/auth/status", "/"):
            answer = await stranger.get(path, headers={spelling: FORWARDED[name]})
            assert answer.status_code == 401


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
async def test_an_underscore_is_no_hyphen(
    stranger: httpx2.AsyncClient, product: Served, name: str
) -> None:
    spelling = {"Authorization": "HTTP_AUTHORIZATION", "X-API-Key": "X_API_KEY"}[name]
    answer = await stranger.get("/v1/models", headers={spelling: f"Bearer {product.key}"})
    assert answer.status_code == 401
