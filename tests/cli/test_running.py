"""The key goes to a server that has proved to be ours, and to no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from codex2api.api.health import prove
from codex2api.cli.server.running import find_server
from codex2api.settings import load_settings

KEY = "sk-codex2api-a-key-for-this-test"


@asynccontextmanager
async def server(key: str) -> AsyncIterator[tuple[int, list[str]]]:
    seen: list[str] = []

    async def health(request: web.Request) -> web.Response:
        seen.append(request.headers.get("authorization", ""))
        return web.json_response({"proof": prove(key, request.query["challenge"])})

    async def status(request: web.Request) -> web.Response:
        seen.append(request.headers.get("authorization", ""))
        return web.json_response({"accounts": []})

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/auth/status", status)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], seen
    await runner.cleanup()


def ask(home: Path, port: int) -> object:
    settings = load_settings(env={"CODEX2API_HOME": str(home), "PORT": str(port)})
    found = find_server(settings)
    return found and found.ask("/auth/status")


def home_with_key(folder: Path) -> Path:
    (folder / "data").mkdir()
    (folder / "data" / "local.key").write_text(f"{KEY}\n")
    return folder


async def test_our_server(tmp_path: Path) -> None:
    home = home_with_key(tmp_path)
    async with server(KEY) as (port, seen):
        assert await asyncio.to_thread(ask, home, port) == {"accounts": []}
    assert seen == ["", f"Bearer {KEY}"]


async def test_a_stranger_gets_no_key(tmp_path: Path) -> None:
    home = home_with_key(tmp_path)
    async with server("another-key") as (port, seen):
        assert await asyncio.to_thread(ask, home, port) is None
    assert seen == [""]


def test_nobody_there(tmp_path: Path) -> None:
    assert ask(tmp_path, 1) is None
    assert ask(home_with_key(tmp_path), 1) is None
