"""A background response that ends while somebody looks for it."""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from codex2api.api.state.background import Background
from codex2api.api.state.stored_responses import as_it_stands
from codex2api.conversations import Reader, StoredResponse, Stores

BODY = b'{"id":"resp_1","status":"in_progress","background":true,"output":[]}'
UNDER_WAY = StoredResponse("resp_1", "owner", 0, "in_progress", b"[]", BODY, runner="me")
FINISHED = replace(
    UNDER_WAY, status="completed", body=BODY.replace(b"in_progress", b"completed"), runner=None
)


@dataclass
class Rows:
    """What the database answers, one look after the other."""

    answers: list[StoredResponse | None]
    finished: StoredResponse | None = None

    @property
    def responses(self) -> "Rows":
        return self

    def begin_running(self) -> str:
        return "me"

    async def find(self, _reader: Reader, _name: str) -> StoredResponse | None:
        return self.answers.pop(0)

    async def finish(self, response: StoredResponse) -> bool:
        self.finished = response
        return True


async def look(rows: Rows) -> StoredResponse | None:
    return await as_it_stands(
        cast("Stores", rows), Background(), cast("Any", Reader("owner")), "resp_1"
    )


@pytest.mark.parametrize("after", [FINISHED, None])
async def test_what_ended_between_two_looks_is_left_as_it_is(after: StoredResponse | None) -> None:
    rows = Rows([UNDER_WAY, after])

    assert await look(rows) == after
    assert rows.finished is None


async def test_what_nobody_works_on_any_more_was_interrupted() -> None:
    rows = Rows([UNDER_WAY, UNDER_WAY])
    found = await look(rows)

    assert found is not None
    assert (found.status, found.runner) == ("failed", None)
    assert rows.finished == found
