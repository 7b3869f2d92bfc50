"""The page under ``/docs``: complete in itself, and nothing in it is taken for markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx2
from tests.served import served

from codex2api.api.gate import ASKING
from codex2api.api.hot_routes import DIALECTS
from codex2api.api.reference import reference
from codex2api.api.remedies import MORE_CODES, REMEDIES
from codex2api.errors import Kind
from codex2api.metrics.values import _CODES

SOURCE = Path(__file__).parents[2] / "src" / "codex2api"


class Reader(HTMLParser):
    """Notes what is loaded, and whether what is opened is closed."""

    EMPTY = frozenset({"meta", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)
        told = dict(attrs)
        self.loads += [text for name in ("src", "href") if (text := told.get(name))]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


async def test_the_page_has_every_route_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(headers=product.bearer) as http,
        httpx2.AsyncClient() as stranger,
    ):
        answer = await http.get(f"{product.url}/docs")
        style = await http.get(f"{product.url}/docs/style.css")
        routes = (await http.get(f"{product.url}/openapi.json")).json()["paths"]
        keyless = await stranger.get(f"{product.url}/docs")
    assert answer.status_code == 200
    assert keyless.status_code == 401
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    reader = read(answer.text)
    assert {load for load in reader.loads if not load.startswith("#")} == {"/docs/style.css"}
    assert not reader.tags & {"script", "style", "img", "iframe"}
    assert " style=" not in answer.text
    for path in {*routes, *ASKING}:
        assert f"<code>{path}</code>" in answer.text, path
    for name in ("temperature", "max_completion_tokens", "reasoning_effort"):
        assert f"<code>{name}</code>" in answer.text
    for kind in Kind:
        assert f"<code>{kind.value}</code>" in answer.text


def test_texts_are_no_markup() -> None:
    evil = "<script>alert(1)</script>"
    operation = {"tags": [evil], "description": evil, "parameters": [{"name": evil, "in": evil}]}
    text = reference({"paths": {f"/{evil}": {"get": operation}}}, DIALECTS)
    assert "script" not in read(text).tags


def test_every_kind_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Kind)
    for remedy in REMEDIES.values():
        assert remedy.means.endswith(".")
        assert remedy.helps


def test_every_code_that_we_make_is_explained_and_counted() -> None:
    made = {
        code
        for path in SOURCE.rglob("*.py")
        if "simulator" not in path.parts
        for code in re.findall(r'\bcode="([a-z_]+)"', path.read_text("utf-8"))
    }
    kinds = {kind.value for kind in Kind}
    assert made - kinds <= set(MORE_CODES)
    assert set(MORE_CODES) - made <= {"caller_left", "response_cancelled"}
    assert set(MORE_CODES) <= _CODES
