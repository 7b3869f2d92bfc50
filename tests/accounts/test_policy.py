"""Laws of the choice."""

from hypothesis import given, strategies as st

from codex2api.accounts.policy import choose

labels = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@given(labels, st.one_of(st.none(), st.text()))
def test_the_choice_is_on_offer_and_repeats(offered: list[str], affinity: str | None) -> None:
    assert choose(offered, {}, affinity) in offered
    assert choose(offered, {}, affinity) == choose(offered, {}, affinity)


@given(labels, st.text())
def test_affinity_does_not_depend_on_order_or_load(offered: list[str], affinity: str) -> None:
    busy = {offered[0]: 9}
    assert choose(offered, {}, affinity) == choose(list(reversed(offered)), busy, affinity)


@given(labels.filter(lambda found: len(found) > 1), st.text())
def test_another_account_leaving_moves_nobody(offered: list[str], affinity: str) -> None:
    chosen = choose(offered, {}, affinity)
    other = next(label for label in offered if label != chosen)
    assert choose([label for label in offered if label != other], {}, affinity) == chosen


def test_without_affinity_the_least_busy_serves_first_come_first() -> None:
    assert choose(["a", "b", "c"], {"a": 1}) == "b"
    assert choose(["a", "b"], {}) == "a"
