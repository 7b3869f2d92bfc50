"""When a worker that ended is started again."""

from codex2api.cli.server.restarts import Restarts


def test_at_once_then_later_and_later_then_never() -> None:
    restarts = Restarts(most=5, young=60, longest=3)

    pauses = [restarts.after(0, lived=1.0) for _ in range(6)]

    assert pauses == [0.0, 0.5, 1.0, 2.0, 3.0, None]


def test_a_long_life_and_another_place_begin_anew() -> None:
    restarts = Restarts(most=2, young=60)
    assert [restarts.after(0, lived=1.0), restarts.after(0, lived=1.0)] == [0.0, 0.5]

    assert restarts.after(1, lived=1.0) == 0.0
    assert restarts.after(0, lived=61.0) == 0.0
    assert [restarts.after(0, lived=1.0), restarts.after(0, lived=1.0)] == [0.5, None]
