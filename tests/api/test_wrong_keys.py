"""Wrong keys are counted by address, and right ones never."""

from typing import Any

import pytest

from codex2api.api.exchange import Exchange
from codex2api.api.wrong_keys import WrongKeys
from codex2api.callers import Caller
from codex2api.errors import ApiError, Kind

WRONG = ApiError(Kind.INVALID_KEY, "This API key is not known here.")


class Door:
    """A counter with a clock that is moved by hand."""

    def __init__(self, limit: int = 3) -> None:
        self.now = 1000.0
        self.keys = WrongKeys(lambda: self.now, limit)

    def tries(self, address: str = "10.0.0.1", **how: Any) -> ApiError:
        return self.keys.judge(WRONG, exchange(**how), {"type": "http", "client": (address, 1)})


def exchange(caller: Caller | None = None, **asked: str) -> Exchange:
    return Exchange(
        "req_1", "POST", "/v1/responses", asked or {"authorization": "Bearer x"}, caller=caller
    )


def kinds(door: Door, times: int, address: str = "10.0.0.1") -> list[str]:
    return [door.tries(address).kind.name for _ in range(times)]


def test_too_many_in_a_minute_are_told_when_it_is_over() -> None:
    door = Door()
    assert kinds(door, 3) == ["INVALID_KEY"] * 3
    door.now += 20

    told = door.tries()

    assert (told.kind, told.status, told.retry_after) == (Kind.TOO_MANY_WRONG_KEYS, 429, 40.0)
    assert told.message.endswith(WRONG.message)


def test_the_next_minute_begins_anew() -> None:
    door = Door()
    kinds(door, 9)
    door.now += 60

    assert kinds(door, 4) == ["INVALID_KEY"] * 3 + ["TOO_MANY_WRONG_KEYS"]


def test_each_address_is_counted_by_itself() -> None:
    door = Door()
    kinds(door, 9)

    assert kinds(door, 1, "10.0.0.2") == ["INVALID_KEY"]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("no-address" * 20, "no-address" * 30),
    ],
)
def test_the_addresses_of_one_person_are_one(one: str, same: str) -> None:
    door = Door()
    kinds(door, 9, one)

    assert kinds(door, 1, same) == ["TOO_MANY_WRONG_KEYS"]
    assert kinds(door, 1, "2001:db8:1:3::1") == ["INVALID_KEY"]


def test_what_is_no_wrong_key_is_not_counted() -> None:
    door = Door(limit=0)
    other = ApiError(Kind.FORBIDDEN, "x")

    assert door.tries(cookie="a") is WRONG, "no key at all"
    assert door.tries(caller=Caller("guest")) is WRONG, "a right key that may not do this"
    assert door.keys.judge(other, exchange(), {"client": None}) is other
    assert door.keys.judge(WRONG, exchange(), {"client": None}).kind is Kind.TOO_MANY_WRONG_KEYS


def test_the_table_is_bounded() -> None:
    door = Door(limit=1)
    assert kinds(door, 2, "10.9.9.9") == ["INVALID_KEY", "TOO_MANY_WRONG_KEYS"]
    for number in range(5_000):
        door.tries(f"10.1.{number >> 8}.{number & 255}")

    assert len(door.keys._minutes) == 4096
    assert kinds(door, 1, "10.9.9.9") == ["INVALID_KEY"], "forgotten, which harms nobody"
