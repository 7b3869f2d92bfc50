from hypothesis import given, strategies as st

from codex2api.simulator.scenarios.markers import Marker, read_marker


def test_a_name_and_its_parameters() -> None:
    marker = read_marker("please SCENARIO:failed:code=slow_down:d=5 now")

    assert marker == Marker("failed", {"code": "slow_down", "d": "5"})


def test_parameters_without_a_scenario() -> None:
    marker = read_marker("SIM:n=200:d=20")

    assert (marker.name, marker.count("n"), marker.number("d")) == (None, 200, 20.0)


def test_both_add_up() -> None:
    assert read_marker("SIM:chunk=1 SCENARIO:text:n=3").params == {"n": "3", "chunk": "1"}


def test_a_word_that_only_looks_like_one() -> None:
    assert read_marker("MYSCENARIO:text and SIM: alone") == Marker()


def test_flags_and_numbers() -> None:
    marker = Marker(None, {"a": "1", "b": "0", "c": "x"})

    assert (marker.flag("a"), marker.flag("b"), marker.flag("d")) == (True, False, False)
    assert marker.number("c", 7) == 7
    assert Marker(None, {"n": "nan", "m": "inf"}).count("n", 3) == 3


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    marker = read_marker(text)

    assert marker.name is None or f"SCENARIO:{marker.name}" in text
