"""Names of models: aliases, efforts, and names that nobody knows."""

import pytest
from hypothesis import given, strategies as st

from codex2api.catalog.fallback import FALLBACK
from codex2api.catalog.models import (
    EFFORTS,
    Catalog,
    ModelSpec,
    Resolved,
    nearest_effort,
    union,
)
from codex2api.errors import ApiError, Kind

NAMES_OF_THE_PLANS = {
    "gpt-5.1": "none low medium high",
    "gpt-5.2": "none low medium high xhigh",
    "gpt-5.1-codex": "low medium high",
    "gpt-5.1-codex-max": "low medium high xhigh",
    "gpt-5.1-codex-mini": "medium high",
    "gpt-5.2-codex": "low medium high xhigh",
}
DEFAULTS = {
    "gpt-5.1": "none",
    "gpt-5.2": "none",
    "gpt-5.1-codex": "medium",
    "gpt-5.1-codex-max": "high",
    "gpt-5.1-codex-mini": "medium",
    "gpt-5.2-codex": "high",
}

MINI = ModelSpec("m-mini", ("medium", "high"), "medium", priority=2)
BIG = ModelSpec("m", ("low", "medium", "high"), "low", priority=1)
HIDDEN = ModelSpec("secret", ("low",), visibility="hide")
LIVE = Catalog((MINI, BIG, HIDDEN), complete=True)


@pytest.mark.parametrize(("slug", "efforts"), NAMES_OF_THE_PLANS.items())
def test_the_names_of_the_plans_resolve(slug: str, efforts: str) -> None:
    plain = FALLBACK.resolve(slug)

    assert plain == Resolved(plain.spec)
    assert (plain.spec.slug, plain.spec.default_effort) == (slug, DEFAULTS[slug])
    for effort in efforts.split():
        assert FALLBACK.resolve(f"{slug}-{effort}") == Resolved(plain.spec, effort)
    assert plain.spec.aliases == tuple(f"{slug}-{effort}" for effort in efforts.split())


def test_the_plans_name_28_models() -> None:
    aliases = [
        alias for slug in NAMES_OF_THE_PLANS for alias in FALLBACK.resolve(slug).spec.aliases
    ]

    assert len({*aliases, *NAMES_OF_THE_PLANS}) == 28


def test_a_slug_that_ends_like_an_effort_is_itself() -> None:
    assert FALLBACK.resolve("gpt-5.1-codex-max").effort is None


def test_the_longest_model_name_wins_over_a_prefix() -> None:
    assert FALLBACK.resolve("gpt-5.1-codex-max-high").spec.slug == "gpt-5.1-codex-max"


def test_an_alias_may_name_an_effort_that_the_model_lacks() -> None:
    assert LIVE.resolve("m-mini-xhigh") == Resolved(MINI, "xhigh")


def test_a_live_list_refuses_what_it_lacks_and_says_what_works() -> None:
    with pytest.raises(ApiError) as caught:
        LIVE.resolve("gpt-4")

    assert (caught.value.kind, caught.value.param) == (Kind.MODEL_NOT_FOUND, "model")
    assert "Models that work: m, m-mini." in caught.value.message
    assert "secret" not in caught.value.message


def test_the_packaged_list_lets_unknown_names_pass_untouched() -> None:
    assert FALLBACK.resolve("gpt-9-high") == Resolved(ModelSpec("gpt-9-high", known=False))


def test_hidden_models_are_callable_but_not_listed() -> None:
    assert LIVE.resolve("secret").spec is HIDDEN
    assert [spec.slug for spec in LIVE.listed()] == ["m", "m-mini"]


def test_the_current_models_are_packaged_and_want_the_lite_shape() -> None:
    current = ["gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-astra", "gpt-6-sol", "gpt-6-luna"]
    bundled = ["gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "codex-auto-review"]

    assert all(FALLBACK.resolve(slug).spec.lite for slug in current + bundled)
    assert not FALLBACK.resolve("gpt-5.5").spec.lite


@pytest.mark.parametrize(
    ("wish", "offered", "nearest"),
    [
        ("minimal", ("low", "medium", "high"), "low"),
        ("minimal", ("none", "low"), "low"),
        ("none", ("low", "medium"), "low"),
        ("xhigh", ("low", "medium", "high"), "high"),
        ("low", ("medium", "high"), "medium"),
        ("max", ("low", "xhigh"), "xhigh"),
        ("ultra", ("low", "max"), "max"),
        ("odd", ("low",), None),
        ("low", (), None),
        ("low", ("odd",), None),
    ],
)
def test_the_nearest_effort(wish: str, offered: tuple[str, ...], nearest: str | None) -> None:
    assert nearest_effort(wish, offered) == nearest


@given(st.sampled_from(EFFORTS), st.sets(st.sampled_from(EFFORTS), min_size=1))
def test_no_other_offered_effort_is_closer(wish: str, offered: set[str]) -> None:
    found = nearest_effort(wish, offered)

    assert found in offered
    distance = abs(EFFORTS.index(found) - EFFORTS.index(wish))
    assert all(abs(EFFORTS.index(other) - EFFORTS.index(wish)) >= distance for other in offered)


def test_several_accounts_offer_what_any_of_them_offers() -> None:
    other = ModelSpec("m", ("high",))
    extra = ModelSpec("extra")

    together = union([LIVE, Catalog((other, extra), complete=True)])

    assert together.specs == (MINI, BIG, HIDDEN, extra)
    assert together.complete
    assert not union([LIVE, FALLBACK]).complete
    assert not union([]).complete
