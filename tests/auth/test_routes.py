"""The routes under /auth, against the simulated issuer."""

import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.pool import AccountPool
from codex2api.api.auth import auth_router
from codex2api.errors import ApiError
from tests.auth.browsers import House


class Server:
    def __init__(self, house: House, http: httpx2.AsyncClient, pool: AccountPool) -> None:
        self.house, self.http, self.pool = house, http, pool


@pytest.fixture
async def server(house: House) -> AsyncIterator[Server]:
    pool = AccountPool(
        house.store, TokenKeeper(house.store, house.client, now=time.time), now=time.time
    )
    app = FastAPI()
    app.include_router(auth_router(house.sign_in, pool))

    @app.exception_handler(ApiError)
    async def on_error(_: Request, error: ApiError) -> JSONResponse:
        return JSONResponse({"code": error.code, "message": error.message}, int(error.status))

    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Server(house, http, pool)


async def test_sign_in_look_and_sign_out(server: Server) -> None:
    started = (await server.http.post("/auth/login")).json()
    assert set(started) == {
        "authorization_url",
        "state",
        "redirect_uri",
        "expires_in",
        "instructions",
    }
    progress = f"/auth/login/{started['state']}"
    assert (await server.http.get(progress)).json()["status"] == "pending"
    await server.house.visit(started["authorization_url"])
    assert (await server.http.get(progress)).json()["status"] == "signed_in"

    server.pool.learn_limits("default", RateLimits((Window(300, 5.0, time.time() + 60, 1.0),)))
    status = (await server.http.get("/auth/status")).json()
    assert status["signed_in"] is True
    (report,) = status["accounts"]
    assert (report["account"], report["plan"], report["state"]) == ("default", "plus", "active")
    assert report["windows"][0]["name"] == "5h"

    out = (await server.http.post("/auth/logout")).json()
    assert out == {"accounts": ["default"], "revoked": ["default"]}
    assert (await server.http.get("/auth/status")).json() == {"signed_in": False, "accounts": []}


async def test_a_pasted_address(server: Server) -> None:
    started = (await server.http.post("/auth/login", json={"account": "work"})).json()
    address = await server.house.redirect(started["authorization_url"])
    answer = await server.http.post("/auth/callback", json={"url": address})
    assert answer.json() == {
        "status": "signed_in",
        "account": "work",
        "plan": "plus",
        "message": None,
    }


async def test_code_and_state(server: Server) -> None:
    started = (await server.http.post("/auth/login", json={})).json()
    address = await server.house.redirect(started["authorization_url"])
    code = address.partition("code=")[2].partition("&")[0]
    answer = await server.http.post(
        "/auth/callback", json={"code": code, "state": started["state"]}
    )
    assert answer.json()["status"] == "signed_in"


@pytest.mark.parametrize(
    "body", [{}, {"url": "nonsense"}, {"code": "x", "state": "wrong"}, {"state": "wrong"}]
)
async def test_a_wrong_callback_is_400_and_reaches_no_issuer(
    server: Server, body: dict[str, str]
) -> None:
    await server.http.post("/auth/login")
    assert (await server.http.post("/auth/callback", json=body)).status_code == 400
    assert server.house.posts() == 0


async def test_a_device_code(server: Server) -> None:
    started = (await server.http.post("/auth/device")).json()
    assert set(started) == {"id", "user_code", "verification_url", "expires_in", "interval"}
    progress = f"/auth/device/{started['id']}"
    assert (await server.http.get(progress)).json()["status"] == "pending"
    (grant,) = server.house.simulator.state.devices.values()
    grant.state = "approved"
    await server.house.sign_in.wait(started["id"], 5)
    assert (await server.http.get(progress)).json()["status"] == "signed_in"


async def test_what_is_unknown_is_404(server: Server) -> None:
    for path in ("/auth/login/nothing", "/auth/device/nothing"):
        assert (await server.http.get(path)).status_code == 404


@pytest.mark.parametrize("label", ["../x", "", "a b", "x" * 65])
async def test_a_label_is_no_path(server: Server, label: str) -> None:
    answer = await server.http.post("/auth/login", json={"account": label})
    assert answer.status_code == 422  # 400 in the server, whose handlers know it


async def test_no_address_of_a_person_is_shown(server: Server) -> None:
    started = (await server.http.post("/auth/login")).json()
    await server.house.visit(started["authorization_url"])
    assert "@" not in (await server.http.get("/auth/status")).text
