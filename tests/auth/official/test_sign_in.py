"""Signing in officially, and every way in which that goes wrong, over real sockets."""

import asyncio
import json
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from codex2api.accounts.account import AccountKind
from codex2api.errors import ApiError, Kind
from codex2api.simulator.official.signing import ID_TOKEN_FAULTS
from tests.auth.official.house import House, official_house


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_the_first_time_a_client_is_registered(house: House) -> None:
    url, _ = await house.begin()
    query = asked(url)
    assert query["client_id"] == "dynamic_agent_client"
    assert query["agent_name_hint"] == "codex2api"
    assert query["ext_agent_host_id"].startswith("urn:uuid:")
    assert query["redirect_uri"].startswith("http://127.0.0.1:")
    assert query["resource"] == "https://api.openai.com/v1"
    assert "chatgpt.tokens.use.direct" in query["scope"].split()
    account = await house.sign_in.complete(await house.come_back(url))
    assert account.kind is AccountKind.OFFICIAL
    assert account.tokens.client_id == account.account_id
    assert account.account_id in house.book.clients
    assert account.email == "demo@simulated.invalid"
    assert account.tokens.verified
    assert account.tokens.earliest_refresh_at is not None


async def test_tokens_and_notes_are_private_files(house: House) -> None:
    await house.signed_in()
    for name in ("tokens.json", "sign-in.json"):
        assert (house.folder / name).stat().st_mode & 0o777 == 0o600


async def test_the_same_machine_and_person_use_the_same_client_again(house: House) -> None:
    first = await house.signed_in()
    host = house.notes.host_id()
    url, _ = await house.begin()
    query = asked(url)
    assert query["client_id"] == first.account_id
    assert query["ext_agent_host_id"] == host
    assert query["login_hint"] == "demo@simulated.invalid"
    assert query["id_token_hint"] == first.tokens.id_token
    assert "agent_name_hint" not in query
    await house.sign_in.complete(await house.come_back(url))
    await house.sign_in.logout()
    assert (await house.signed_in()).account_id == first.account_id
    assert len(house.book.clients) == 1


async def test_a_client_is_remembered_though_the_exchange_fails(house: House) -> None:
    url, _ = await house.begin()
    address = await house.come_back(url)
    house.book.codes.clear()
    with pytest.raises(ApiError, match="did not accept the code"):
        await house.sign_in.complete(address)
    assert asked((await house.begin())[0])["client_id"] in house.book.clients


async def test_force_registers_anew(house: House) -> None:
    first = await house.signed_in()
    second = await house.signed_in(replace=True)
    assert second.account_id != first.account_id


@pytest.mark.parametrize("fault", sorted({*ID_TOKEN_FAULTS} - {"other_subject"}))
async def test_an_id_token_that_is_wrong_is_refused_and_revoked(house: House, fault: str) -> None:
    url, _ = await house.begin()
    address = await house.come_back(url)
    house.switches.id_token = fault
    with pytest.raises(ApiError) as failure:
        await house.sign_in.complete(address)
    assert failure.value.code == "bad_id_token"
    assert house.book.revoked != []
    assert await house.store.accounts() == ()


async def test_another_person_does_not_take_an_account_over(house: House) -> None:
    await house.signed_in()
    before = await house.account()
    house.switches.id_token = "other_subject"
    with pytest.raises(ApiError) as failure:
        await house.signed_in()
    assert failure.value.code == "another_account"
    assert await house.account() == before


async def test_another_client_than_asked_for_is_refused(house: House) -> None:
    await house.signed_in()
    url, _ = await house.begin()
    address = await house.come_back(url)
    with pytest.raises(ApiError) as failure:
        await house.sign_in.complete(f"{address}&client_id=oaiapp_other")
    assert failure.value.code == "another_client"


async def test_a_bare_code_does_not_say_which_client_was_registered(house: House) -> None:
    url, state = await house.begin()
    code = asked(await house.come_back(url))["code"]
    with pytest.raises(ApiError) as failure:
        await house.sign_in.complete(code, state=state)
    assert failure.value.code == "client_id_missing"


async def test_without_the_plan_the_sign_in_is_kept_and_explained(house: House) -> None:
    house.switches.plan_use = False
    with pytest.raises(ApiError) as failure:
        await house.signed_in()
    assert failure.value.kind is Kind.CONSENT_REQUIRED
    assert "codex2api login --official" in failure.value.message
    kept = await house.account()
    assert not kept.tokens.plan_use
    url, _ = await house.begin()
    assert asked(url)["prompt"] == "consent"
    house.switches.plan_use = True
    await house.sign_in.complete(await house.come_back(url))
    assert (await house.account()).tokens.plan_use


async def test_an_answer_that_says_nothing_of_scopes_grants_what_was_asked(house: House) -> None:
    house.switches.scope_told = False
    assert (await house.signed_in()).tokens.plan_use


async def test_denied(tmp_path: Path) -> None:
    async with official_house(tmp_path, consent="deny") as house:
        with pytest.raises(ApiError) as failure:
            await house.signed_in()
        assert failure.value.code == "access_denied"


async def test_a_browser_on_this_machine_finishes_it(house: House) -> None:
    url, state = await house.begin()
    async with house.http.get(url) as page:
        assert "You are signed in" in await page.text()
    assert (await house.sign_in.wait(state, 30)).kind is AccountKind.OFFICIAL


async def test_a_service_out_of_reach_leaves_no_listener_behind(house: House) -> None:
    house.client = house.build_client(issuer="http://127.0.0.1:1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sign_in = house.build_sign_in(port)
    with pytest.raises(ApiError, match="cannot be reached"):
        await sign_in.start(kind=AccountKind.OFFICIAL, open_browser=False)
    async with asyncio.timeout(60):
        while await answers(port):  # noqa: ASYNC110 (until the listener has gone)
            await asyncio.sleep(0.01)
    await sign_in.close()


async def test_beside_a_codex_account_it_gets_a_name_of_its_own(house: House) -> None:
    started = await house.sign_in.start(open_browser=False)
    async with house.http.get(started.authorization_url) as page:
        assert page.status == 200
    assert (await house.signed_in()).label == "official"
    assert {each.label for each in await house.store.accounts()} == {"default", "official"}


async def test_two_accounts_are_two_registrations(house: House) -> None:
    await house.signed_in()
    house.simulator.state.signed_in_label = "ada"
    await house.signed_in(label="work")
    clients = json.loads((house.folder / "sign-in.json").read_text())["clients"]
    assert set(clients) == {"default", "work"}
    assert len(set(clients.values())) == 2


async def test_signing_out_revokes(house: House) -> None:
    account = await house.signed_in()
    assert await house.sign_in.logout()
    (revoked,) = house.book.revoked
    assert revoked == {
        "token": account.tokens.refresh_token,
        "token_type_hint": "refresh_token",
        "client_id": account.account_id,
    }


async def test_where_nothing_can_be_revoked_it_is_forgotten_here(house: House) -> None:
    house.switches.revocation = False
    await house.signed_in()
    assert not await house.sign_in.logout()
    assert await house.store.accounts() == ()


async def test_a_credential_file_goes_to_another_machine(house: House, tmp_path: Path) -> None:
    await house.signed_in()
    account = await house.account()
    async with official_house(tmp_path / "other") as other:
        await other.sign_in.take_over(account)
        assert await other.account() == account
        assert other.notes.host_id() != house.notes.host_id()
