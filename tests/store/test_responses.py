"""Remembered responses: found by their makers, chained, expired, interrupted."""

import asyncio
from dataclasses import replace
from pathlib import Path

from codex2api.conversations import StoredConversation, StoredItem
from codex2api.protocol import json
from tests.accounts.fakes import ManualClock
from tests.store.opened import ANNE, BEN, DAY, NOW, OWNER, Opening, a_response


def shown(response: object) -> object:
    """As it comes back: names of items are kept elsewhere."""
    return replace(response, output_ids=())  # type: ignore[type-var]


async def test_what_is_added_is_found_after_a_restart(opened: Opening, tmp_path: Path) -> None:
    added = a_response("resp_1", events=b"log")
    async with opened(tmp_path) as state:
        await state.responses.add(added)
    async with opened(tmp_path) as state:
        assert await state.responses.find(ANNE, "resp_1") == shown(added)


async def test_another_key_sees_nothing_and_the_owner_everything(
    opened: Opening, tmp_path: Path
) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))
        assert await state.responses.find(BEN, "resp_1") is None
        assert await state.responses.chain(BEN, "resp_1") == []
        assert await state.responses.output_items(BEN, ["msg_resp_1"]) == {}
        assert not await state.responses.remove(BEN, "resp_1")
        assert await state.responses.find(OWNER, "resp_1") is not None


async def test_a_chain_comes_oldest_first(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_0"))
        for number in range(1, 300):
            link = a_response(f"resp_{number}", previous_id=f"resp_{number - 1}")
            await state.responses.add(link)
        chain = await state.responses.chain(ANNE, "resp_299")
    assert [response.id for response in chain] == [f"resp_{number}" for number in range(300)]


async def test_a_chain_shows_that_its_beginning_was_deleted(
    opened: Opening, tmp_path: Path
) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))
        await state.responses.add(a_response("resp_2", previous_id="resp_1"))
        assert await state.responses.remove(ANNE, "resp_1")
        assert not await state.responses.remove(ANNE, "resp_1")
        (left,) = await state.responses.chain(ANNE, "resp_2")
    assert left.previous_id == "resp_1"


async def test_ancestors_live_as_long_as_the_youngest(opened: Opening, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock) as state:
        await state.responses.add(a_response("resp_1"))
        clock.at += 20 * DAY
        await state.responses.add(a_response("resp_2", previous_id="resp_1"))
        clock.at += 29 * DAY
        assert len(await state.responses.chain(ANNE, "resp_2")) == 2
        clock.at += 2 * DAY
        assert await state.responses.find(ANNE, "resp_2") is None
        assert await state.forget_expired() == 2


async def test_what_is_over_is_removed_with_all_that_hangs_on_it(
    opened: Opening, tmp_path: Path
) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock) as state:
        for number in range(450):
            await state.responses.add(a_response(f"resp_{number}"))
        clock.at += 31 * DAY
        await state.responses.add(a_response("resp_new"))
        assert await state.forget_expired() == 450
        assert await state.responses.output_items(OWNER, ["msg_resp_1"]) == {}
        assert await state.responses.find(ANNE, "resp_new") is not None


async def test_items_of_answers_and_conversations_by_name(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))
        await state.conversations.add(
            StoredConversation("conv_1", "anne", 0, {}), [StoredItem("msg_said", b'"said"')]
        )
        found = await state.responses.output_items(ANNE, ["msg_resp_1", "msg_said", "msg_none"])
    assert {name: json.decode(item) for name, item in found.items()} == {
        "msg_resp_1": {"id": "msg_resp_1", "type": "message"},
        "msg_said": "said",
    }


async def test_a_response_adds_to_its_conversation(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.conversations.add(StoredConversation("conv_1", "anne", 0, {}), [])
        items = [StoredItem("msg_1", b"1"), StoredItem("msg_2", b"2")]
        await state.responses.add(a_response("resp_1", conversation_id="conv_1"), items)
        await state.responses.add(a_response("resp_2", conversation_id="conv_gone"), items)
        assert await state.conversations.all_items("conv_1") == items
        assert await state.conversations.all_items("conv_gone") == []


async def test_an_answer_is_given_once(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        begun = a_response("resp_1", status="queued", runner=state.begin_running(), output_ids=())
        await state.responses.add(begun)
        assert await state.responses.find(ANNE, "resp_1") == begun
        end = a_response("resp_1", events=b"log")
        assert await state.responses.finish(end)
        assert not await state.responses.finish(replace(end, status="cancelled"))
        assert await state.responses.find(ANNE, "resp_1") == shown(end)


async def test_what_nobody_wants_any_more_is_known(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        for name, status in (("resp_1", "queued"), ("resp_2", "cancelled")):
            await state.responses.add(a_response(name, status=status, runner="someone"))
        names = frozenset({"resp_1", "resp_2", "resp_3"})
        assert await state.responses.given_up(names) == {"resp_2", "resp_3"}


async def test_what_a_dead_process_was_at_is_failed(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1", status="in_progress", runner="0badcafe"))
        found = await state.responses.find(ANNE, "resp_1")
        assert found is not None
        assert (found.status, found.runner) == ("failed", None)
        body = json.decode(found.body)
        assert (body["status"], body["error"]["code"]) == ("failed", "server_error")
        assert await state.responses.find(ANNE, "resp_1") == found


async def test_many_at_once_are_kept_though_one_of_them_fails(
    opened: Opening, tmp_path: Path
) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_7"))
        adding = [state.responses.add(a_response(f"resp_{number}")) for number in range(100)]
        results = await asyncio.gather(*adding, return_exceptions=True)
        failed = [number for number, result in enumerate(results) if result is not None]
        assert failed == [7]
        assert str(results[7]) == "The database of this server failed; its log says how."
        for number in range(100):
            assert await state.responses.find(ANNE, f"resp_{number}") is not None
