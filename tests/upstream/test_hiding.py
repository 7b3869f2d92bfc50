"""A secret in bytes that come piece by piece."""

from hypothesis import given, strategies as st

from codex2api.upstream.hiding import Hiding


def hidden(secret: str, pieces: list[bytes]) -> bytes:
    hiding = Hiding(secret)
    return b"".join([hiding.feed(piece) for piece in pieces] + [hiding.rest()])


def test_one_that_is_cut() -> None:
    assert hidden("secret", [b"a sec", b"", b"re", b"t, a sec", b"ond"]) == b"a [hidden], a second"


def test_nothing_waits_that_is_no_beginning() -> None:
    hiding = Hiding("secret")
    assert hiding.feed(b"data: {}\n\n") == b"data: {}\n\n"
    assert hiding.feed(b"a secre") == b"a "
    assert hiding.feed(b"x") == b"secrex"


@given(
    st.text("ab", min_size=1, max_size=4),
    st.lists(st.text("abc", max_size=5).map(str.encode), max_size=8),
)
def test_any_cutting_gives_the_same(secret: str, pieces: list[bytes]) -> None:
    whole = b"".join(pieces).replace(secret.encode(), b"[hidden]")
    assert hidden(secret, pieces) == whole
