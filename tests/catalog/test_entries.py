"""The backend's model list, as it is today and as it may be tomorrow."""

import msgspec
import pytest

from codex2api.catalog.entries import read_catalog
from codex2api.catalog.models import ModelSpec

ENTRY = {
    "slug": "gpt-5.5",
    "display_name": "GPT-5.5",
    "description": "Example",
    "default_reasoning_level": "medium",
    "supported_reasoning_levels": [{"effort": "low", "description": "Fast"}, {"effort": "high"}],
    "visibility": "list",
    "priority": 7,
    "service_tiers": [{"id": "priority", "name": "Fast"}],
    "base_instructions": "Synthetic prompt",
    "support_verbosity": True,
    "default_verbosity": "low",
    "context_window": 272000,
    "max_context_window": 272000,
    "input_modalities": ["text", "image"],
    "use_responses_lite": True,
    "tomorrow": {"a": 1},
}


def body(*entries: object) -> bytes:
    return msgspec.json.encode({"models": entries})


def test_a_whole_entry() -> None:
    catalog = read_catalog(body(ENTRY), 'W/"1"')

    assert (catalog.complete, catalog.etag) == (True, 'W/"1"')
    assert catalog.specs == (
        ModelSpec(
            "gpt-5.5",
            ("low", "high"),
            "medium",
            name="GPT-5.5",
            description="Example",
            priority=7,
            context_window=272000,
            max_context_window=272000,
            lite=True,
            tiers=("priority",),
            default_verbosity="low",
            base_instructions="Synthetic prompt",
        ),
    )


def test_an_entry_with_a_slug_only() -> None:
    assert read_catalog(body({"slug": "m"}), None).specs == (ModelSpec("m", verbosity=False),)


def test_nulls_are_as_good_as_absent() -> None:
    entry = {"slug": "m"} | dict.fromkeys(set(ENTRY) - {"slug", "tomorrow"})

    assert read_catalog(body(entry), None).specs == (ModelSpec("m", verbosity=False),)


def test_an_entry_of_another_shape_keeps_its_name() -> None:
    odd = {"slug": "m", "context_window": "huge"}

    assert read_catalog(body(odd, 7, {}, ENTRY), None).specs[0] == ModelSpec("m", known=False)
    assert len(read_catalog(body(odd, 7, {}, ENTRY), None).specs) == 2


@pytest.mark.parametrize(
    ("field", "said", "offered"),
    [
        ("supports_reasoning_summaries", False, False),
        ("supports_reasoning_summary_parameter", False, False),
        ("supports_reasoning_summaries", True, True),
    ],
)
def test_summaries_are_offered_unless_denied(field: str, said: bool, offered: bool) -> None:
    assert read_catalog(body(ENTRY | {field: said}), None).specs[0].summaries is offered


@pytest.mark.parametrize(
    ("variables", "prompt"),
    [
        ({"personality_default": "Be kind."}, "You code. Be kind."),
        ({"personality_default": None}, "You code. "),
        (None, "You code. "),
    ],
)
def test_the_newer_home_of_the_official_prompt(variables: object, prompt: str) -> None:
    messages = {
        "instructions_template": "You code. {{ personality }}",
        "instructions_variables": variables,
    }
    entry = {"slug": "m", "model_messages": messages, "base_instructions": None}

    assert read_catalog(body(entry), None).specs[0].base_instructions == prompt


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"models":{}}', b'{"models":[1]}'])
def test_anything_else_is_no_model_list(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_catalog(answer, None)
