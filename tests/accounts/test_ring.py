"""Laws of the circle."""

from collections import Counter

from hypothesis import given, strategies as st

from codex2api.accounts.ring import Ring

labels = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


def owner(offered: list[str], place: str) -> str:
    return next(Ring(offered).after(place))


@given(labels, st.text())
def test_the_owner_does_not_depend_on_the_order_of_the_labels(
    offered: list[str], place: str
) -> None:
    assert owner(offered, place) == owner(list(reversed(offered)), place)


@given(labels.filter(lambda found: len(found) > 1), st.text())
def test_another_account_leaving_moves_nobody(offered: list[str], place: str) -> None:
    chosen = owner(offered, place)
    other = next(label for label in offered if label != chosen)
    assert owner([label for label in offered if label != other], place) == chosen


@given(labels, st.text())
def test_once_around_meets_everybody(offered: list[str], place: str) -> None:
    assert set(Ring(offered).after(place)) == set(offered)


def test_a_key_that_is_no_proper_text_has_a_place_too() -> None:
    assert owner(["a", "b"], "\ud800") in ("a", "b")


def test_everybody_gets_about_the_same_share() -> None:
    ring = Ring(["default", "work", "spare", "old"])
    shares = Counter(next(ring.after(f"talk-{number}")) for number in range(4000))
    assert min(shares.values()) > 600, shares
    assert max(shares.values()) < 1400, shares


def test_nobody_is_on_an_empty_one() -> None:
    assert list(Ring([]).after("talk")) == []
