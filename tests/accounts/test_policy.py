"""Who serves, by values alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, strategies as st

from codex2api.accounts.policy import (
    Asked,
    Balanced,
    FillFirst,
    RoundRobin,
    Standing,
    Strategy,
    strategy_named,
)
from codex2api.accounts.ring import Ring

TALKS = [f"talk-{number}" for number in range(200)]


@dataclass
class Accounts:
    """A ``Field``."""

    stands: Mapping[str, Standing]
    resting: set[str] = field(default_factory=set)
    version: int = 0

    def __post_init__(self) -> None:
        self.labels = tuple(self.stands)
        self.ring = Ring(self.labels)

    def able(self, label: str) -> bool:
        return label in self.stands and label not in self.resting

    def standing(self, label: str) -> Standing:
        return self.stands[label]


def used(**percent: float | None) -> Accounts:
    return Accounts({label: Standing(each) for label, each in percent.items()})


def chosen(accounts: Accounts, asked: Asked | None = None, **wish: object) -> str | None:
    return Balanced().choose(accounts, replace(asked or Asked(), **wish))  # type: ignore[arg-type]


def new(accounts: Accounts, **wish: object) -> set[str | None]:
    """Who gets the new ones among many conversations."""
    asked = Asked(under_way=False)
    return {chosen(accounts, asked, place=talk, **wish) for talk in TALKS}


class TestBalanced:
    def test_new_conversations_go_where_most_is_left(self) -> None:
        assert new(used(a=99, b=5)) == {"b"}
        assert new(used(a=40, b=20, c=60)) == {"b"}

    def test_small_differences_do_not_count(self) -> None:
        assert new(used(a=20, b=25, c=31)) == {"a", "b"}

    def test_what_is_not_known_is_neither_preferred_nor_avoided(self) -> None:
        assert new(used(a=None, b=5, c=99)) == {"a", "b"}
        assert new(used(a=None, b=None)) == {"a", "b"}
        assert new(used(a=None, b=99)) == {"a", "b"}

    def test_a_conversation_under_way_is_sought_where_the_ring_says(self) -> None:
        accounts = used(a=99, b=5)
        for talk in TALKS:
            home = next(accounts.ring.after(talk))
            assert chosen(accounts, place=talk, under_way=True) == home

    def test_replicas_that_know_different_figures_agree(self) -> None:
        here, there = used(a=20, b=23), used(a=22, b=21)
        for talk in TALKS:
            asked = Asked(talk, under_way=False)
            assert chosen(here, asked) == chosen(there, asked)

    def test_a_beginning_that_was_met_before_finds_its_warm_cache(self) -> None:
        assert new(used(a=20, b=25), home="b") == {"b"}
        assert new(used(a=20, b=35), home="b") == {"a"}, "unless that account is too full"

    def test_a_home_that_is_gone_is_no_home(self) -> None:
        assert new(used(a=20, b=25), home="gone") == {"a", "b"}

    def test_a_crowd_that_begins_alike_is_spread(self) -> None:
        accounts = Accounts({"a": Standing(20, lent=9), "b": Standing(20, lent=4)})
        assert new(accounts, home="a") == {"b"}

    def test_room_counts_more_than_idleness(self) -> None:
        accounts = Accounts({"a": Standing(0, lent=50), "b": Standing(60)})
        assert new(accounts) == {"a"}

    def test_no_conversation_goes_to_what_refills_first_then_to_the_idlest(self) -> None:
        both = Accounts({"a": Standing(20, 900, 1), "b": Standing(22, 600, 2)})
        assert chosen(both) == "b"
        both = Accounts({"a": Standing(20, 600, 1), "b": Standing(20, 600)})
        assert chosen(both) == "b"
        assert chosen(used(a=20, b=20)) == "a"

    def test_of_many_one_with_room_is_found(self) -> None:
        many = Accounts({f"a{number}": Standing(number % 100) for number in range(300)})
        served = [chosen(many, place=talk, under_way=False) for talk in TALKS]
        assert max(many.stands[label].used or 0 for label in served if label) < 75
        assert chosen(many) is not None

    def test_a_few_who_are_able_are_found_among_many(self) -> None:
        many = used(**dict.fromkeys((f"a{number}" for number in range(300)), 10.0))
        many.resting = set(many.labels) - {"a7"}
        assert new(many) == {"a7"}


@pytest.mark.parametrize("make", [Balanced, FillFirst, RoundRobin])
@given(
    stands=st.dictionaries(
        st.sampled_from("abcdefghijkl"),
        st.builds(
            Standing,
            st.none() | st.floats(0, 120),
            st.floats(0, 1e6) | st.just(float("inf")),
            st.integers(0, 9),
        ),
    ),
    resting=st.sets(st.sampled_from("abcdefghijkl")),
    asked=st.builds(
        Asked,
        place=st.none() | st.text(),
        home=st.none() | st.sampled_from("abcdefghijklz"),
        under_way=st.none() | st.booleans(),
        without=st.frozensets(st.sampled_from("abcdefghijkl")),
    ),
)
def test_an_able_account_serves_if_there_is_one(
    make: type[Strategy], stands: dict[str, Standing], resting: set[str], asked: Asked
) -> None:
    able = set(stands) - resting - asked.without
    label = make().choose(Accounts(stands, resting), asked)
    assert label in able if able else label is None


class TestFillFirst:
    def test_the_first_serves_until_it_rests(self) -> None:
        accounts, strategy = used(default=90, spare=1, work=1), FillFirst(["work", "gone"])
        assert strategy.choose(accounts, Asked("talk")) == "work"
        accounts.resting, accounts.version = {"work"}, 1
        assert strategy.choose(accounts, Asked("talk")) == "default"
        assert strategy.choose(accounts, Asked(without=frozenset({"default"}))) == "spare"
        accounts.resting, accounts.version = set(), 2
        assert strategy.choose(accounts, Asked()) == "work"

    def test_without_an_order_it_is_the_usual_one(self) -> None:
        assert FillFirst().choose(used(default=90, spare=1), Asked("talk")) == "default"

    def test_an_account_that_comes_takes_its_place(self) -> None:
        strategy = FillFirst(["new"])
        assert strategy.choose(used(default=1), Asked()) == "default"
        accounts = used(default=1, new=1)
        accounts.version = 1
        assert strategy.choose(accounts, Asked()) == "new"


class TestRoundRobin:
    def test_everybody_in_turn(self) -> None:
        accounts, strategy = used(a=99, b=1, c=1), RoundRobin()
        served = [strategy.choose(accounts, Asked(str(number))) for number in range(4)]
        assert served == ["a", "b", "c", "a"]
        accounts.resting = {"b"}
        assert [strategy.choose(accounts, Asked()) for _ in range(3)] == ["c", "a", "c"]

    def test_a_conversation_under_way_is_sought_where_all_replicas_seek_it(self) -> None:
        accounts = used(a=1, b=1)
        for talk in TALKS:
            one, other = RoundRobin(), RoundRobin()
            other.choose(accounts, Asked())
            asked = Asked(talk, under_way=True)
            assert one.choose(accounts, asked) == other.choose(accounts, asked)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("balanced", Balanced),
        ("fill-first", FillFirst),
        ("round-robin", RoundRobin),
        ("pinned", Balanced),
    ],
)
def test_names(name: str, kind: type[Strategy]) -> None:
    assert isinstance(strategy_named(name), kind)  # type: ignore[misc]
