"""Who is let through before anything is looked at."""

import pytest
from starlette.datastructures import Headers

from codex2api.api.guards import Guards, host_name
from codex2api.errors import ApiError, Kind

LOCAL = {"host": "127.0.0.1:3000"}
PLAIN = Guards()


def check(guards: Guards = PLAIN, method: str = "GET", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    guards.check(method, Headers(LOCAL | named))


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:3000", "127.0.0.1:1", "[::1]:3000", "LOCALHOST"]
)
def test_loopback_names_are_ours(host: str) -> None:
    check(host=host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "192.168.0.9", "x/#@y", ""],
)
def test_a_foreign_host_is_misdirected(host: str) -> None:
    with pytest.raises(ApiError) as caught:
        check(host=host)
    assert caught.value.kind is Kind.WRONG_HOST
    assert "allowedHosts" in caught.value.message


def test_an_address_is_a_good_host_when_bound_beyond_loopback() -> None:
    check(Guards(any_address=True), host="192.168.0.9:3000")
    with pytest.raises(ApiError):
        check(Guards(any_address=True), host="evil.example")


def test_a_listed_host_is_ours() -> None:
    check(Guards(hosts=frozenset({"box.lan"})), host="box.lan:3000")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_page_of_another_origin_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        check(**headers)
    assert caught.value.kind is Kind.FORBIDDEN


def test_own_pages_and_listed_origins_pass() -> None:
    check(origin="http://127.0.0.1:3000", sec_fetch_site="same-origin")
    check(
        Guards(origins=frozenset({"https://chat.example"})),
        origin="https://chat.example",
        sec_fetch_site="cross-site",
    )


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_must_be_json(media: str) -> None:
    with pytest.raises(ApiError) as caught:
        check(method="POST", content_length="3", content_type=media)
    assert caught.value.kind is Kind.UNSUPPORTED_MEDIA


FORM = {"content_length": "3", "content_type": "multipart/form-data; boundary=x"}


def check_form(method: str = "POST", *, forms: bool = True, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in (FORM | headers).items()}
    PLAIN.check(method, Headers(LOCAL | named), forms=forms)


@pytest.mark.parametrize("key", [{"authorization": "Bearer x"}, {"x_api_key": "x"}])
def test_a_form_passes_where_forms_are_taken_and_with_a_key(key: dict[str, str]) -> None:
    check_form(**key)


@pytest.mark.parametrize(
    ("forms", "headers"),
    [
        (True, {}),  # as any page could send it
        (False, {"authorization": "Bearer x"}),
        (True, {"authorization": "Bearer x", "content_type": "text/plain"}),
        (True, {"authorization": "Bearer x", "content_type": "multipart/mixed; boundary=x"}),
    ],
)
def test_other_forms_are_refused(forms: bool, headers: dict[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        check_form(forms=forms, **headers)
    assert caught.value.kind is Kind.UNSUPPORTED_MEDIA


def test_a_form_of_another_origin_is_refused_with_any_key() -> None:
    with pytest.raises(ApiError) as caught:
        check_form(authorization="Bearer x", origin="https://evil.example")
    assert caught.value.kind is Kind.FORBIDDEN


def test_json_with_a_charset_and_no_body_at_all_pass() -> None:
    check(method="POST", content_length="3", content_type="application/json; charset=utf-8")
    check(method="POST", content_length="0")
    check(method="POST")


def test_host_name_drops_the_port() -> None:
    assert [host_name(h) for h in ("a:1", "[::1]:2", "[::1]", "A", "a:")] == [
        *("a", "::1", "::1", "a", "a")
    ]


@pytest.mark.parametrize("host", ["", "x:y", "[]", ":3000"])
def test_no_host_at_all_is_never_ours(host: str) -> None:
    for guards in (Guards(hosts=frozenset({""})), Guards(any_address=True)):
        with pytest.raises(ApiError):
            check(guards, host=host)


@pytest.mark.parametrize("host", ["localhost:1/health", "[::1]/x", "[::1]x:1", "localhost:1@b"])
def test_what_is_no_port_is_no_host_of_ours(host: str) -> None:
    assert host_name(host) == ""
    with pytest.raises(ApiError) as caught:
        check(host=host)
    assert caught.value.kind is Kind.WRONG_HOST
