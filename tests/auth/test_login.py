"""Signing in, start to stored tokens, against the simulated issuer over real sockets."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from codex2api.accounts.account import Account
from codex2api.auth.pending import Stage
from codex2api.auth.started import ImportedTokens
from codex2api.errors import ApiError, Kind
from codex2api.store.tokenfile import TokenFiles
from tests.accounts.fakes import account
from tests.auth.browsers import House, signing_house
from tests.auth.tokens import make_jwt


async def test_a_browser_signs_in(house: House) -> None:
    started = await house.sign_in.start()
    assert house.shown == [started.authorization_url]
    assert started.listening
    assert house.sign_in.status(started.state).status is Stage.PENDING
    status, page = await house.visit(started.authorization_url)
    signed_in = await house.sign_in.wait(started.state, 5)
    assert (status, "You are signed in" in page) == (200, True)
    assert house.store.held == {"default": signed_in}
    assert signed_in.account_id == house.simulator.state.account("demo").account_id
    assert signed_in.tokens.issued_at is not None
    assert house.sign_in.status(started.state).plan == "plus"


async def test_the_redirect_address_names_the_port_in_use(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    assert house.shown == []
    assert started.redirect_uri.startswith("http://localhost:")
    assert not started.redirect_uri.endswith(":1455/auth/callback")


async def test_both_loopback_addresses_are_served(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    port = started.redirect_uri.split(":")[2].partition("/")[0]
    pages = [await house.visit(f"http://{host}:{port}/success") for host in ("127.0.0.1", "[::1]")]
    assert [status for status, _ in pages] == [200, 200]


async def test_the_address_is_pasted(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    address = await house.redirect(started.authorization_url)
    assert (await house.sign_in.complete(address)).label == "default"


async def test_the_code_is_pasted(house: House) -> None:
    started = await house.sign_in.start("work", open_browser=False)
    address = await house.redirect(started.authorization_url)
    code = address.partition("code=")[2].partition("&")[0]
    assert (await house.sign_in.complete(code=code, state=started.state)).label == "work"


async def test_a_wrong_state_reaches_no_issuer(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    base = started.redirect_uri
    for query in ("code=ac&state=wrong", "code=ac", "state=x", "", "error=access_denied&state=x"):
        status, page = await house.visit(f"{base}?{query}")
        assert status == 400, query
        assert "did not work" in page
    assert house.posts() == 0
    assert house.sign_in.status(started.state).status is Stage.PENDING


async def test_a_replay_reaches_no_issuer(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    other = await house.sign_in.start("other", open_browser=False)  # keeps the listener open
    address = await house.redirect(started.authorization_url)
    assert (await house.visit(address))[0] == 200
    assert (await house.visit(address))[0] == 400
    assert house.posts() == 1
    assert house.sign_in.status(other.state).status is Stage.PENDING


async def test_a_suffix_on_the_state_is_tolerated(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    address = await house.redirect(started.authorization_url)
    assert (await house.visit(f"{address}.onboarding_entrypoint=codex"))[0] == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "%2f%2fevil", "javascript:x"],
)
async def test_the_browser_is_sent_nowhere_else(house: House, target: str) -> None:
    started = await house.sign_in.start(open_browser=False)
    address = await house.redirect(started.authorization_url)
    extra = f"{address}&redirect_uri={target}&next={target}&return_to={target}"
    assert await house.redirect(extra) == "/success"
    assert (await house.visit(started.redirect_uri.replace("/auth/callback", "/success")))[0] == 200


async def test_denied() -> None:
    async with signing_house(consent="deny") as house:
        started = await house.sign_in.start(open_browser=False)
        status, page = await house.visit(started.authorization_url)
        assert (status, "declined" in page) == (403, True)
        with pytest.raises(ApiError, match="declined"):
            await house.sign_in.wait(started.state, 5)
        assert house.sign_in.status(started.state).message is not None
        assert house.posts() == 0


async def test_no_seat_in_the_workspace(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    query = f"error=access_denied&error_description=missing_codex_entitlement&state={started.state}"
    _, page = await house.visit(f"{started.redirect_uri}?{query}")
    assert "no Codex seat" in page


async def test_a_refused_code_ends_the_sign_in(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    with pytest.raises(ApiError) as failure:
        await house.sign_in.complete(f"code=ac_wrong&state={started.state}")
    assert failure.value.code == "code_refused"
    assert house.sign_in.status(started.state).status is Stage.FAILED


async def test_nobody_comes(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    with pytest.raises(ApiError) as failure:
        await house.sign_in.wait(started.state, 0.01)
    assert failure.value.code == "sign_in_timeout"
    await house.visit(started.authorization_url)
    assert (await house.sign_in.wait(started.state, 5)).label == "default", "it was still open"


async def test_it_expires_and_stops_listening(house: House) -> None:
    sign_in = house.build(life=0.05)
    started = await sign_in.start(open_browser=False)
    with pytest.raises(ApiError):
        await sign_in.wait(started.state, 5)
    await gone(house, started.redirect_uri)
    await sign_in.close()


async def test_it_stops_listening_when_all_are_signed_in(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    assert (await house.visit(started.authorization_url))[0] == 200
    await gone(house, started.redirect_uri)
    again = await house.sign_in.start(open_browser=False)
    assert (await house.visit(again.authorization_url))[0] == 200


async def gone(house: House, address: str) -> None:
    """Return when nobody listens there any more."""
    for _ in range(500):
        try:
            await house.visit(address)
        except aiohttp.ClientConnectionError:
            return
        await asyncio.sleep(0.01)
    pytest.fail("still listening")


async def test_the_next_sign_in_program_gets_the_port(house: House) -> None:
    first = await house.sign_in.start(open_browser=False)
    port = int(first.redirect_uri.split(":")[2].partition("/")[0])
    second = house.build(ports=(port,))
    started = await second.start(open_browser=False)
    assert started.redirect_uri == first.redirect_uri
    with pytest.raises(ApiError, match="Another program took over"):
        await house.sign_in.wait(first.state, 5)
    assert (await house.visit(started.authorization_url))[0] == 200
    await second.close()


async def test_a_strangers_port_leads_to_the_next(house: House) -> None:
    async with await asyncio.start_server(_hang_up, "127.0.0.1", 0) as stranger:
        port = stranger.sockets[0].getsockname()[1]
        sign_in = house.build(ports=(port, 0))
        started = await sign_in.start(open_browser=False)
        assert started.listening
        assert f":{port}/" not in started.redirect_uri
        await sign_in.close()
        deaf = house.build(ports=(port,))
        started = await deaf.start(open_browser=False)
        assert not started.listening, "the address can still be pasted"
        assert (await deaf.complete(await house.redirect(started.authorization_url))).label
        await deaf.close()


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_a_web_page_cannot_cancel(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    cancel = started.redirect_uri.replace("/auth/callback", "/cancel")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        async with house.http.get(cancel, headers=headers) as response:
            assert response.status == 403
    assert house.sign_in.status(started.state).status is Stage.PENDING


async def test_a_rebound_name_is_not_served(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    headers = {"Host": "evil.example:1455"}
    async with house.http.get(f"{started.redirect_uri}?code=a", headers=headers) as response:
        assert response.status == 421


async def signed_in(house: House, label: str = "default", *, replace: bool = False) -> Account:
    started = await house.sign_in.start(label, open_browser=False, replace=replace)
    return await house.sign_in.complete(await house.redirect(started.authorization_url))


async def test_signing_in_again_renews_the_tokens(house: House) -> None:
    first, second = await signed_in(house), await signed_in(house)
    assert first.account_id == second.account_id
    assert first.tokens != second.tokens


async def test_another_account_does_not_take_a_label_over(house: House) -> None:
    house.store.held["default"] = kept = account()
    with pytest.raises(ApiError) as failure:
        await signed_in(house)
    assert (failure.value.kind, failure.value.code) == (Kind.FORBIDDEN, "another_account")
    assert house.store.held == {"default": kept}
    assert len(house.simulator.state.revoked) == 1, "what was just issued is not left lying about"
    assert (await signed_in(house, "work")).label == "work"
    assert (await signed_in(house, replace=True)).account_id != kept.account_id


async def test_a_device_code(house: House) -> None:
    started = await house.sign_in.start_device("work")
    assert house.sign_in.status(started.id).status is Stage.PENDING
    (grant,) = house.simulator.state.devices.values()
    assert grant.user_code == started.user_code
    grant.state = "approved"
    assert (await house.sign_in.wait(started.id, 5)).label == "work"
    assert house.sign_in.status(started.id).status is Stage.SIGNED_IN


async def test_a_denied_device_code(house: House) -> None:
    started = await house.sign_in.start_device()
    (grant,) = house.simulator.state.devices.values()
    grant.state = "denied"
    with pytest.raises(ApiError):
        await house.sign_in.wait(started.id, 5)


async def test_tokens_from_a_file(house: House) -> None:
    tokens = ImportedTokens(make_jwt(), "refresh", make_jwt())
    adopted = await house.sign_in.adopt(tokens, "codex")
    assert (adopted.account_id, adopted.tokens.expires_at) == ("workspace-a", 2_000_000_000.0)
    with pytest.raises(ApiError):
        await house.sign_in.adopt(replace(tokens, id_token=make_jwt("workspace-b")), "codex")


async def test_signing_out(house: House) -> None:
    kept = await signed_in(house)
    assert await house.sign_in.logout()
    assert house.store.held == {}
    (revoked,) = house.simulator.state.revoked
    assert revoked["token"] == kept.tokens.refresh_token


async def test_no_secret_is_on_a_page(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    address = f"{started.redirect_uri}?code=SECRETCODE&state={started.state}"
    async with house.http.get(address) as response:
        page, headers = await response.text(), response.headers
    assert "SECRETCODE" not in page
    assert started.state not in page
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_a_damaged_token_file_does_not_stop_a_new_sign_in(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "tokens.json").write_text("{")
    house.store = TokenFiles(tmp_path)  # type: ignore[assignment]
    house.sign_in = house.build()
    assert (await signed_in(house)).label == "default"
    assert len(await house.store.accounts()) == 1
    assert len(list(tmp_path.glob("tokens.json.corrupt-*"))) == 1  # noqa: ASYNC240
