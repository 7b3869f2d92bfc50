"""The list of models as Anthropic's API has it."""

import pytest

from codex2api.catalog.models import ModelSpec, Resolved
from codex2api.dialects.manners import Page
from codex2api.dialects.messages.models import ANTHROPIC_MODELS
from codex2api.errors import ApiError
from codex2api.protocol import json
from tests.anthropic_types import check_model

MODELS = [
    Resolved(ModelSpec(slug, ("low", "high"), name=slug.upper(), context_window=1000))
    for slug in "abcde"
]


def page(limit: int, after: str | None = None, before: str | None = None) -> tuple[str, bool]:
    told = json.decode(json.encode(ANTHROPIC_MODELS.many(MODELS, Page(limit, after, before))))
    for model in told["data"]:
        check_model(model)
    ids = "".join(model["id"] for model in told["data"])
    assert (told["first_id"], told["last_id"]) == ((ids[0], ids[-1]) if ids else (None, None))
    return ids, told["has_more"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((20,), ("abcde", False)),
        ((2,), ("ab", True)),
        ((2, "b"), ("cd", True)),
        ((2, "c"), ("de", False)),
        ((2, "e"), ("", False)),
        ((2, None, "d"), ("bc", True)),
        ((2, None, "c"), ("ab", False)),
    ],
)
def test_pages(asked: tuple[int], told: tuple[str, bool]) -> None:
    assert page(*asked) == told


def test_a_page_that_begins_nowhere() -> None:
    with pytest.raises(ApiError, match="after_id"):
        page(2, "z")


def test_a_model_under_the_name_that_was_asked_for() -> None:
    told = json.decode(json.encode(ANTHROPIC_MODELS.one(MODELS[0], "claude-x")))

    assert (told["id"], told["display_name"], told["max_input_tokens"]) == ("claude-x", "A", 1000)
    effort = told["capabilities"]["effort"]
    assert {name for name in effort if effort[name] == {"supported": True}} == {"low", "high"}
    check_model(told)
