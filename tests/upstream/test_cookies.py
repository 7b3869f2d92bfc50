"""The cookies of the front door: which are kept, for whom, and for how long."""

import pytest

from codex2api.upstream.cookies import FrontDoorCookies

URL = "https://chatgpt.com/backend-api/codex/responses"
NOW = 1_790_000_000.0


def jar(*lines: str, url: str = URL, now: float = NOW) -> FrontDoorCookies:
    cookies = FrontDoorCookies(lambda: now)
    cookies.take(lines, url)
    return cookies


def test_the_front_doors_cookies_are_kept_and_no_others() -> None:
    kept = jar("__cf_bm=1; Path=/", "cf_clearance=2; Secure", " _cfuvid=3", "session=5", "x_cf=6")

    assert kept.header(URL) == "__cf_bm=1; cf_clearance=2; _cfuvid=3"


@pytest.mark.parametrize("host", ["evil.example", "notchatgpt.com", "chatgpt.com.evil.example"])
def test_cookies_of_other_hosts_are_not_kept_and_other_hosts_get_none(host: str) -> None:
    assert len(jar("__cf_bm=1", url=f"https://{host}/")) == 0
    assert jar("__cf_bm=1; Domain=chatgpt.com").header(f"https://{host}/") == ""


@pytest.mark.parametrize(
    ("line", "url", "goes"),
    [
        ("__cf_bm=1; Path=/", "https://chatgpt.com/other", True),
        ("__cf_bm=1", "https://chatgpt.com/backend-api/codex/models", True),
        ("__cf_bm=1", "https://chatgpt.com/backend-api/wham", False),
        ("__cf_bm=1; Path=/back", URL, False),
        ("__cf_bm=1; Path=/backend-api/", URL, True),
        ("__cf_bm=1; Path=/backend-api/codex/responses", URL, True),
        ("__cf_bm=1; Path=/", "https://auth.chatgpt.com/", False),
        ("__cf_bm=1; Path=/; Domain=.chatgpt.com", "https://auth.chatgpt.com/", True),
        ("__cf_bm=1; Path=/; DOMAIN=ChatGPT.com", URL, True),
        ("__cf_bm=1; Path=/; Domain=com", URL, False),
        ("__cf_bm=1; Path=/; Domain=openai.com", URL, False),
        ("__cf_bm=1; Path=/; Domain=auth.chatgpt.com", URL, False),
        ("__cf_bm=1; Path=/", "http://chatgpt.com/", True),
        ("__cf_bm=1; Path=/; Secure; HttpOnly; SameSite=None", "http://chatgpt.com/", False),
        ("__cf_bm=1; Path=/; Secure; HttpOnly; SameSite=None", URL, True),
    ],
)
def test_where_a_cookie_goes(line: str, url: str, goes: bool) -> None:
    assert (jar(line).header(url) == "__cf_bm=1") is goes


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("__cf_bm=1; Max-Age=1800", 1800),
        ("__cf_bm=1; Max-Age=1800; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 1800),
        ("__cf_bm=1; Expires=Mon, 21 Sep 2026 15:13:20 GMT", 3600),
        ("__cf_bm=1; Max-Age=soon", float("inf")),
        ("__cf_bm=1; Expires=soon", float("inf")),
        ("__cf_bm=1", float("inf")),
    ],
)
def test_how_long_a_cookie_lives(line: str, seconds: float) -> None:
    moment = [NOW]
    cookies = FrontDoorCookies(lambda: moment[0])
    cookies.take([line], URL)
    moment[0] = NOW + min(seconds, 1e9) - 1
    assert cookies.header(URL) == "__cf_bm=1"

    moment[0] = NOW + min(seconds, 1e10)
    assert (cookies.header(URL) == "") is (seconds < 1e9)
    assert len(cookies) == (seconds > 1e9)


@pytest.mark.parametrize(
    "ending", ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_a_cookie_is_replaced_and_taken_back(ending: str) -> None:
    cookies = jar("__cf_bm=1", "__cf_bm=2")
    assert cookies.header(URL) == "__cf_bm=2"

    cookies.take([f"__cf_bm=; {ending}"], URL)
    assert cookies.header(URL) == ""


@pytest.mark.parametrize(
    "line",
    [
        "__cf_bm",
        "__cf_bm=\x01",
        "__cf_bm=ü",
        "__cf_bm=" + "x" * 5000,
        "__cf_bm=1; Domain=x.example",
    ],
)
def test_what_cannot_be_sent_is_not_kept(line: str) -> None:
    assert len(jar(line)) == 0


def test_a_flood_is_not_kept() -> None:
    assert len(jar(*(f"__cf_{number}=1" for number in range(1000)))) == 64
