"""Routes that do not ask a model: every answer is of OpenAI's published schema."""

from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.conformance.checks import check_refusal
from tests.conformance.published import check_answer
from tests.served import served


class Visit(NamedTuple):
    """One request of a journey.

    Attributes:
        path: As in OpenAI's description; its blanks are filled with what was kept before.
        keeps: The blank that the ``id`` of the answer fills from now on.
        status: What is answered.
        params: The query.
    """

    method: str
    path: str
    body: Any = None
    keeps: str = ""
    status: int = 200
    params: dict[str, Any] | None = None


JOURNEYS: dict[str, tuple[Visit, ...]] = {
    "models": (
        Visit("get", "/models"),
        Visit("get", "/models/{model}"),
        Visit("get", "/models/gpt-unknown", status=404),
        Visit("delete", "/models/{model}", status=405),
    ),
}
"""Requests that build on each other; a new route is one line."""

BLANKS = {"model": "gpt-5.5-high"}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
async def test_a_journey(tmp_path: Path, journey: tuple[Visit, ...]) -> None:
    blanks = dict(BLANKS)
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        for visit in journey:
            path = visit.path.format_map(blanks)
            answer = await client.request(visit.method, path, json=visit.body, params=visit.params)
            assert answer.status_code == visit.status, (visit, answer.text)
            if visit.status >= 400:
                check_refusal(answer)
                continue
            check_answer(answer.json(), visit.path, visit.method)
            if visit.keeps:
                blanks[visit.keeps] = answer.json()["id"]
