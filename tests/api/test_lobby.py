"""A session counts for less than a key: what changes something has to say whence it comes."""

import pytest

from codex2api.api.exchange import Exchange
from codex2api.api.lobby import Lobby
from codex2api.callers import Caller
from codex2api.errors import ApiError, Kind

OWNER = Caller("owner", admin=True)
LOBBY = Lobby(
    frozenset({"/", "/requests"}),
    "/sign-in",
    "/static/",
    lambda text: text == "good",
    lambda: OWNER,
)


def exchange(method: str = "GET", path: str = "/", **headers: str) -> Exchange:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange("req_1", method, path, asked)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_needs_a_session_alone(method: str) -> None:
    assert LOBBY.visitor(exchange(method, cookie="good")) is OWNER


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": "bad"},
        {"cookie": "good", "authorization": "Bearer x"},
        {"cookie": "good", "x_api_key": "x"},
    ],
)
def test_no_session_or_a_key_as_well(headers: dict[str, str]) -> None:
    assert LOBBY.visitor(exchange(**headers)) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_changes_something_comes_from_our_page(method: str) -> None:
    with pytest.raises(ApiError) as caught:
        LOBBY.visitor(exchange(method, cookie="good"))
    assert caught.value.kind is Kind.FORBIDDEN
    for said in (
        {"host": "own:3000", "origin": "http://own:3000"},
        {"sec_fetch_site": "same-origin"},
    ):
        assert LOBBY.visitor(exchange(method, cookie="good", **said)) is OWNER


@pytest.mark.parametrize("method", ["GET", "POST"])  # a WebSocket is opened by GET
def test_a_page_of_another_origin_has_no_session_even_if_it_is_listed(method: str) -> None:
    """Cookies know no ports: a page on localhost:5173 would send that of localhost:3000."""
    asked = exchange(method, cookie="good", host="localhost:3000", origin="http://localhost:5173")
    assert LOBBY.visitor(asked) is None


def test_a_browser_is_sent_to_the_sign_in_and_back_to_where_it_wanted() -> None:
    assert LOBBY.to_sign_in(exchange(accept="application/json"), b"") is None
    for path, query, place in [
        ("/", b"", "/sign-in"),
        (
            "/requests",
            b"status=5xx&a=//b",
            "/sign-in?next=%2Frequests%3Fstatus%3D5xx%26a%3D%2F%2Fb",
        ),
    ]:
        answer = LOBBY.to_sign_in(exchange(path=path, accept="text/html"), query)
        assert answer is not None
        assert answer.headers["location"] == place  # type: ignore[attr-defined]


def test_what_is_shown() -> None:
    shown = {
        path: LOBBY.shows(exchange(path=path))
        for path in ("/", "/sign-in", "/static/x/y", "/v1/models", "/sign-in/x")
    }
    assert shown == {
        "/": True,
        "/sign-in": True,
        "/static/x/y": True,
        "/v1/models": False,
        "/sign-in/x": False,
    }
    assert not LOBBY.shows(exchange("POST"))
    assert LOBBY.is_page(exchange())
    assert not LOBBY.is_page(exchange(path="/sign-in"))
