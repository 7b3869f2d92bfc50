"""The two pages: self-contained, and what they show is text."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from codex2api.auth.pages import render


@pytest.mark.parametrize("name", ["success", "error"])
def test_a_page_fetches_nothing_and_its_policy_allows_its_style(name: str) -> None:
    html, policy = render(name, "why")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert "{{" not in html
    assert not re.search(r"\b(src|href)=|url\(|@import|<script|style=", html)


def test_the_message_is_text() -> None:
    html, _ = render("error", "<script>alert('x')</script> & more")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
