"""Conversations and stored chat completions."""

from pathlib import Path

import pytest

from codex2api.conversations import Page, Slice, StoredConversation, StoredItem
from codex2api.errors import ApiError
from tests.accounts.fakes import ManualClock
from tests.store.opened import ANNE, BEN, DAY, NOW, OWNER, Opening, a_completion

TRIP = StoredConversation("conv_1", "anne", int(NOW), {"topic": "trip"})
ITEMS = [StoredItem(f"msg_{number}", b"%d" % number) for number in range(7)]


async def test_a_conversation_lives_until_it_is_deleted(opened: Opening, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock) as state:
        await state.conversations.add(TRIP, ITEMS)
        clock.at += 1000 * DAY
        await state.forget_expired()
        assert await state.conversations.find(ANNE, "conv_1") == TRIP
        assert await state.conversations.all_items("conv_1") == ITEMS
        assert not await state.conversations.remove(BEN, "conv_1")
        assert await state.conversations.remove(OWNER, "conv_1")
        assert await state.conversations.find(ANNE, "conv_1") is None
        assert await state.conversations.all_items("conv_1") == []


async def test_metadata_are_replaced(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.conversations.add(TRIP, [])
        assert await state.conversations.describe(BEN, "conv_1", {"a": "b"}) is None
        changed = StoredConversation("conv_1", "anne", int(NOW), {"a": "b"})
        assert await state.conversations.describe(ANNE, "conv_1", {"a": "b"}) == changed
        assert await state.conversations.find(ANNE, "conv_1") == changed


async def test_items_page_both_ways(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        conversations = state.conversations
        await conversations.add(TRIP, ITEMS[:3])
        await conversations.add_items("conv_1", ITEMS[3:])
        await conversations.add(StoredConversation("conv_2", "anne", 0, {}), ITEMS)
        assert await conversations.items("conv_1", Page(3)) == Slice(ITEMS[:3], True)
        assert await conversations.items("conv_1", Page(9, "msg_2")) == Slice(ITEMS[3:], False)
        last = Page(2, "msg_5", descending=True)
        assert await conversations.items("conv_1", last) == Slice([ITEMS[4], ITEMS[3]], True)
        with pytest.raises(ApiError, match="'msg_none' is not in this list"):
            await conversations.items("conv_1", Page(5, "msg_none"))


async def test_single_items(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.conversations.add(TRIP, ITEMS)
        assert await state.conversations.item("conv_1", "msg_3") == ITEMS[3]
        assert await state.conversations.remove_item("conv_1", "msg_3")
        assert not await state.conversations.remove_item("conv_1", "msg_3")
        assert await state.conversations.item("conv_1", "msg_3") is None


async def test_completions_are_listed_by_model_and_metadata(
    opened: Opening, tmp_path: Path
) -> None:
    odd = {"it's": 'a "test"', "é.b[0]": "ü"}
    made = [
        a_completion("chatcmpl-1", metadata={"run": "1", "by": "me"}),
        a_completion("chatcmpl-2", metadata={"run": "1"} | odd, model="gpt-5.4"),
        a_completion("chatcmpl-3", metadata={"run": "2"}),
        a_completion("chatcmpl-4", "ben", metadata={"run": "1"}),
    ]
    async with opened(tmp_path) as state:
        for completion in made:
            await state.completions.add(completion)
        listed = state.completions.list
        assert await listed(ANNE, Page(9), None, {}) == Slice(made[:3], False)
        assert await listed(ANNE, Page(9), "gpt-5.4", {}) == Slice([made[1]], False)
        assert await listed(ANNE, Page(9), None, {"run": "1"}) == Slice(made[:2], False)
        assert await listed(ANNE, Page(9), None, odd) == Slice([made[1]], False)
        assert await listed(ANNE, Page(9), None, {"run": "1", "by": "x"}) == Slice([], False)
        assert await listed(ANNE, Page(9), None, {'"': "1"}) == Slice([], False)
        newest = Page(1, "chatcmpl-3", descending=True)
        assert await listed(ANNE, newest, None, {}) == Slice([made[1]], True)
        assert await listed(OWNER, Page(9, "chatcmpl-3"), None, {}) == Slice([made[3]], False)


async def test_a_completion_is_described_and_forgotten(opened: Opening, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    made, changed = a_completion("chatcmpl-1"), a_completion("chatcmpl-1", metadata={"a": "b"})
    async with opened(tmp_path, clock) as state:
        await state.completions.add(made)
        assert await state.completions.find(BEN, "chatcmpl-1") is None
        assert await state.completions.describe(BEN, "chatcmpl-1", {}) is None
        assert await state.completions.describe(ANNE, "chatcmpl-1", {"a": "b"}) == changed
        assert await state.completions.find(ANNE, "chatcmpl-1") == changed
        assert not await state.completions.remove(BEN, "chatcmpl-1")
        assert await state.completions.remove(ANNE, "chatcmpl-1")
        await state.completions.add(made)
        clock.at += 30 * DAY
        assert await state.completions.find(ANNE, "chatcmpl-1") is None
        assert await state.forget_expired() == 1
