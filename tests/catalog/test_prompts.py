"""The packaged instructions."""

import pytest

from codex2api.catalog.fallback import FALLBACK
from codex2api.catalog.prompts import FAMILIES, Prompts, family, load


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_packaged_short_and_whole(name: str) -> None:
    text = load(name)

    assert 200 < len(text) < 2500
    assert text == text.strip()


def test_an_unknown_family() -> None:
    with pytest.raises(KeyError):
        load("../models")


@pytest.mark.parametrize(
    ("slug", "expected"),
    [("gpt-5.2-codex", "codex"), ("codex-auto-review", "codex"), ("gpt-5.6-sol", "general")],
)
def test_families(slug: str, expected: str) -> None:
    assert family(slug) == expected


def test_every_model_has_a_prompt() -> None:
    prompts = Prompts()

    assert all(prompts.of(spec.slug) for spec in FALLBACK.specs)


def test_a_download_replaces_what_is_packaged() -> None:
    prompts = Prompts({"gpt-5.5": "Official.", "codex": "All of them."})

    assert prompts.of("gpt-5.5") == "Official."
    assert prompts.of("gpt-5.2-codex") == "All of them."
    assert prompts.of("gpt-5.4") == load("general")
