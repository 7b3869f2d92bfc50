"""A secret does not pass, however the bytes are cut."""

from hypothesis import given, strategies as st

from codex2api.upstream.veil import HIDDEN, Veil

SECRET = b"eyJabc.eyJdef.eyJghi"
PIECES = st.sampled_from([SECRET, SECRET[:7], SECRET[7:], b"eyJ", b"ey", b"x", b"data: {}\n\n"])


@given(st.lists(PIECES | st.binary(max_size=5), max_size=12), st.data())
def test_the_secret_is_hidden_and_all_else_passes(parts: list[bytes], draw: st.DataObject) -> None:
    text = b"".join(parts)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    veil = Veil(SECRET)

    passed = b"".join([*map(veil.pass_on, pieces), veil.end()])

    assert passed == text.replace(SECRET, HIDDEN)
