"""Who served whom."""

from codex2api.accounts.homes import Homes


def test_the_surest_name_speaks_first() -> None:
    homes = Homes()
    homes.keep(("one", "hi"), "a")
    homes.keep(("two", "hi"), "b")
    assert homes.find(("one", "hi")) == "a"
    assert homes.find(("three", "hi")) == "b"
    assert homes.find(("three",)) is None


def test_the_least_recently_met_is_forgotten_first() -> None:
    homes = Homes(most=2)
    homes.keep(("one",), "a")
    homes.keep(("two",), "a")
    homes.keep(("one",), "a")
    homes.keep(("three",), "a")
    assert [homes.find((name,)) for name in ("one", "two", "three")] == ["a", None, "a"]
