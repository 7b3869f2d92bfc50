"""Which language a reader gets."""

import pytest

from codex2api.texts import LANGUAGES, catalogue, of_locale, preferred
from codex2api.texts.said import Said


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans"),
        ("en-GB,zh;q=0.9", "en"),
        ("de, zh;q=0.5, en;q=0.4", "zh_Hans"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=much", "en"),
        (";;,,", "en"),
        ("ZH-hans", "zh_Hans"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_we_have(
    header: str | None, language: str
) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        ((None, None, None), "en"),
        (("", None, "zh_CN.UTF-8"), "zh_Hans"),
        (("C", None, "zh_CN.UTF-8"), "en"),
        (("en_US.UTF-8",), "en"),
        (("zh_SG",), "zh_Hans"),
    ],
)
def test_a_shell_speaks_the_language_of_its_locale(
    locales: tuple[str | None, ...], language: str
) -> None:
    assert of_locale(*locales) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_catalogue_that_falls_back_to_the_source(language: str) -> None:
    assert catalogue(language).gettext("never translated") == "never translated"


def test_what_fills_a_sentence_is_translated_with_it() -> None:
    left = Said("{d} d {h} h", {"d": 10, "h": 2})
    whole = Said("valid for {left}", {"left": left})

    assert whole.told() == "valid for 10 d 2 h"
    assert whole.told(catalogue("zh_Hans").gettext) == "有效期还剩 10 天 2 小时"
