"""What goes wrong with one account is no matter of the others. Real sockets, several accounts."""

import asyncio
import json
import os
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from codex2api.cli.terminal import Exit
from codex2api.simulator.issuer.switches import TokenSwitches
from tests.served import replica, sign_in
from tests.whole.accounts import CHAT, House, house, served_by, visit


async def served(inside: House, times: int = 6) -> set[str]:
    """Who serves so many new conversations."""
    return {served_by(await inside.ask(f"talk {number}")) for number in range(times)}


def file_of(inside: House, label: str) -> Path:
    name = "tokens.json" if label == "default" else f"tokens.{label}.json"
    return inside.product.home / "data" / name


async def test_a_broken_answer_locks_no_account(tmp_path: Path) -> None:
    """Row 34: a prompt on which one account's backend fails is not tried with the others."""
    faults = (
        "unavailable",
        "bad_gateway",
        "overloaded",
        "http:status=500",
        "bad_gateway:status=529",
    )
    async with house(tmp_path) as inside:
        for fault in faults:
            inside.play("work", fault, match={"text": "poison"})
            assert (await inside.ask("poison", account="work")).status_code in (502, 503)
            assert served_by(await inside.ask("hello", account="work")) == "work"
        assert inside.asked()["default"] == 0
        states = {label: each["state"] for label, each in (await inside.status()).items()}
        assert states == {"default": "active", "work": "active"}


async def test_a_limited_account_rests_until_its_reset_while_others_serve(tmp_path: Path) -> None:
    """Row 36."""
    async with house(tmp_path) as inside:
        inside.play("work", "usage_limit:resets=3600")
        assert await served(inside, 12) == {"default"}
        assert inside.asked()["work"] == 1, "no hammering"
        report = (await inside.status())["work"]
        assert report["state"] == "limited"
        assert [(each["name"], each["used_percent"]) for each in report["windows"]] == [
            ("5h", 100),
            ("7d", 40),
        ]
        back, reset = map(
            datetime.fromisoformat, (report["until"], report["windows"][0]["resets_at"])
        )
        assert abs((back - reset).total_seconds()) < 5


async def test_when_all_are_limited_the_first_reset_is_told_and_kept(tmp_path: Path) -> None:
    """Row 36: after the reset the account serves again."""
    async with house(tmp_path) as inside:
        inside.play("work", "usage_limit:resets=3", times=1)
        inside.play("default", "usage_limit:resets=3600")
        answer = await inside.ask("hello")
        assert answer.status_code == 429
        assert answer.headers["x-should-retry"] == "false"
        assert int(answer.headers["retry-after"]) <= 3, "of the one that is back first"
        assert inside.asked() == {"work": 1, "default": 1}
        while (again := await inside.ask("hello")).status_code == 429:
            assert 0 <= int(again.headers["retry-after"]) <= 3
            await asyncio.sleep(0.1)
        assert served_by(again) == "work"
        assert inside.asked() == {"work": 2, "default": 1}, "nobody is asked who rests"


async def test_a_limit_without_any_time_rests_for_a_while(tmp_path: Path) -> None:
    async with house(tmp_path) as inside:
        inside.simulator.state.limits.shown = False
        inside.play("work", "usage_limit:resets=none")
        assert await served(inside, 12) == {"default"}
        assert inside.asked()["work"] == 1
        assert (await inside.status())["work"]["until"] is not None


async def test_a_limit_met_amid_an_answer_rests_the_account(tmp_path: Path) -> None:
    """After the first byte there is no second try: the caller hears of it, the others serve."""
    async with house(tmp_path) as inside:
        inside.play("work", "failed:code=usage_limit_reached", times=1)
        answer = await inside.ask("hello", account="work", stream=True)
        assert answer.status_code == 200
        assert "usage_limit_reached" in answer.text
        assert "[DONE]" not in answer.text
        assert inside.asked() == {"work": 1}, "nothing is sent twice"
        assert await served(inside) == {"default"}


async def test_a_token_refused_once_is_refreshed_once(tmp_path: Path) -> None:
    """Row 46: the conversation does not even move."""
    async with house(tmp_path) as inside:
        inside.play("work", "token_invalidated", times=1)
        inside.play("default", "token_invalidated", times=1)
        assert served_by(await inside.ask("hello")) in ("work", "default")
        assert inside.asked().total() == 2
        assert inside.simulator.state.refreshes.attempts == 1


async def test_a_token_refused_for_ever_is_one_refresh_and_others_serve(tmp_path: Path) -> None:
    """Row 47."""
    async with house(tmp_path) as inside:
        inside.play("work", "token_revoked")
        assert await served(inside, 12) == {"default"}
        assert inside.asked()["work"] == 2
        assert inside.simulator.state.refreshes.attempts == 1
        report = (await inside.status())["work"]
        assert report["state"] == "sign_in_required"
        assert "codex2api login" in report["reason"]


async def test_a_revoked_sign_in_is_tried_once_kept_and_left_for_others(tmp_path: Path) -> None:
    """Row 49."""
    async with house(tmp_path) as inside:
        sign_in(inside.product.home, inside.simulator, seconds=-60, label="work")
        inside.simulator.state.token_switches = TokenSwitches(mode="invalidated")
        before = file_of(inside, "work").read_bytes()
        assert await served(inside, 12) == {"default"}
        refused = await inside.ask("hello", account="work")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_required")
        assert "codex2api login --account work" in refused.json()["error"]["message"]
        assert inside.simulator.state.refreshes.attempts == 1
        assert inside.asked()["work"] == 0
        assert file_of(inside, "work").read_bytes() == before


async def test_another_persons_tokens_after_a_refresh_are_refused(tmp_path: Path) -> None:
    """Row 58."""
    async with house(tmp_path) as inside:
        sign_in(inside.product.home, inside.simulator, seconds=-60, label="work")
        inside.simulator.state.token_switches = TokenSwitches(mode="other_account")
        before = json.loads(file_of(inside, "work").read_bytes())
        assert await served(inside, 12) == {"default"}
        assert json.loads(file_of(inside, "work").read_bytes()) == before
        assert (await inside.status())["work"]["state"] == "sign_in_required"
        assert inside.simulator.state.refreshes.attempts == 1


async def test_a_new_sign_in_from_elsewhere_brings_an_account_back_at_once(tmp_path: Path) -> None:
    """Row 59, with a retired account: no restart, no refresh, no waiting."""
    async with house(tmp_path) as inside:
        inside.play("work", "token_revoked", times=2)
        assert await served(inside, 12) == {"default"}
        assert (await inside.status())["work"]["state"] == "sign_in_required"
        refreshed = inside.simulator.state.refreshes.attempts
        sign_in(inside.product.home, inside.simulator, label="work")
        await asyncio.sleep(0.2)  # a look at the files is good for some milliseconds
        assert (await inside.status())["work"]["state"] == "active"
        assert served_by(await inside.ask("hello", account="work")) == "work"
        assert inside.simulator.state.refreshes.attempts == refreshed


async def test_an_account_that_is_signed_in_while_running_gets_its_share(tmp_path: Path) -> None:
    async with house(tmp_path, "default") as inside:
        assert await served(inside) == {"default"}
        sign_in(inside.product.home, inside.simulator, label="work")
        assert await served(inside, 12) == {"default", "work"}
        file_of(inside, "default").unlink()
        await asyncio.sleep(0.05)
        assert await served(inside, 12) == {"work"}


async def test_200_requests_on_expired_accounts_are_one_refresh_each(tmp_path: Path) -> None:
    """Row 45 with two accounts, and two servers on one home."""
    async with house(tmp_path) as inside, replica(inside.product) as other, visit(other) as there:
        for label in (None, "work"):
            sign_in(inside.product.home, inside.simulator, seconds=-60, label=label)
        inside.simulator.state.token_switches = TokenSwitches(delay=0.2)
        answers = await asyncio.gather(
            *(each.ask(f"talk {number}") for number in range(100) for each in (inside, there))
        )
        assert Counter(answer.status_code for answer in answers) == {200: 200}
        assert {served_by(answer) for answer in answers} == {"default", "work"}
        assert inside.simulator.state.refreshes.attempts == 2


async def test_what_only_some_plans_have_is_found(tmp_path: Path) -> None:
    async with house(tmp_path) as inside:
        inside.play("work", "usage_not_included")
        assert await served(inside, 12) == {"default"}
        assert (await inside.status())["work"]["state"] == "active"


async def test_accounts_take_over_before_the_first_byte_of_a_stream(tmp_path: Path) -> None:
    async with house(tmp_path, "default", "work", "spare") as inside:
        inside.play("work", "usage_limit")
        inside.play("spare", "failed_early:code=usage_limit_reached")
        for number in range(6):
            body = {
                "model": "gpt-5.5",
                "messages": [{"role": "user", "content": f"talk {number}"}],
                "stream": True,
            }
            async with inside.http.stream("POST", CHAT, json=body) as answer:
                assert answer.headers["x-codex2api-account"] == "default"
                text = (await answer.aread()).decode()
            assert text.endswith("data: [DONE]\n\n")
            assert text.count('"finish_reason":"stop"') == 1


async def test_status_shows_a_retired_account_with_its_reason(tmp_path: Path) -> None:
    async with house(tmp_path) as inside:
        inside.play("work", "token_revoked")
        await served(inside, 12)
        told = await status(inside)
        assert "work: " in told
        assert "sign-in needed" in told
        assert "codex2api login" in told
        assert "5 hours" in told
        assert "resets in" in told
        assert "limits as of" in told


async def status(inside: House) -> str:
    """What ``codex2api status`` prints, run as a person does."""
    url = inside.product.url
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "codex2api",
        "status",
        env=os.environ | {"CODEX2API_HOME": str(inside.product.home), "PORT": url.split(":")[-1]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == Exit.OK, err.decode()
    return out.decode()
