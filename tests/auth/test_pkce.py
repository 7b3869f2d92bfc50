"""Verifier and challenge."""

from codex2api.auth.pkce import Pkce, new_pkce, new_state


def test_the_example_of_rfc_7636() -> None:
    pkce = Pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert pkce.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_sizes() -> None:
    assert len(new_pkce().verifier) == 86
    assert len(new_state()) == 43
    assert new_state() != new_state()


def test_the_verifier_does_not_show() -> None:
    pkce = new_pkce()
    assert pkce.verifier not in repr(pkce)
