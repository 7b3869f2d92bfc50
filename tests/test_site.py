"""The site of the docs is built strictly, without a network, and shows nothing from elsewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.reference import ROOT, script

hooks = script("site_hooks")

BUILD = """
import socket, sys
def refused(*_):
    raise SystemExit("the build wanted a network")
socket.socket.connect = socket.getaddrinfo = refused
from mkdocs.__main__ import cli
cli(["build", "--strict", "--quiet", "--config-file", sys.argv[1], "--site-dir", sys.argv[2]])
"""

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
HARMLESS = {"canonical", "alternate", "prev", "next", "edit"}
"""Links in a head that load nothing."""


class Reader(HTMLParser):
    """Notes ids, links, and what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.add(str(told["id"]))
        if tag == "a" and told.get("href"):
            self.links.append(str(told["href"]))
        loaded = told.get(LOADS.get(tag, ""))
        if loaded and told.get("rel") not in HARMLESS:
            self.loads.append(loaded)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-c", BUILD, str(ROOT / "mkdocs.yml"), str(out)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Reader]:
    found = {}
    for path in site.rglob("*.html"):
        found[path] = Reader()
        found[path].feed(path.read_text("utf-8"))
    return found


def test_every_page_of_the_docs_is_there(site: Path) -> None:
    sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    wanted = {
        str(path.with_suffix(".html")).replace("README.html", "index.html") for path in sources
    }
    wanted |= {f"{name.removesuffix('.md')}.html" for name in hooks.OUTSIDE.values()}
    assert wanted - {path.relative_to(site).as_posix() for path in site.rglob("*.html")} == set()


def test_links_lead_somewhere(site: Path, pages: dict[Path, Reader]) -> None:
    missing = []
    for page, reader in pages.items():
        for link in reader.links:
            path, _, anchor = unquote(link).partition("#")
            if ":" in path or page.name == "404.html":
                continue
            target = (page.parent / path).resolve() if path else page
            if target.is_dir():
                target /= "index.html"
            known = target in pages and (not anchor or anchor in pages[target].ids)
            if not known and not (target.exists() and not anchor):
                missing.append((page.relative_to(site).as_posix(), link))
    assert missing == []


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Reader]) -> None:
    for page, reader in pages.items():
        for load in reader.loads:
            assert not load.startswith(("http:", "https:", "//")), (page, load)
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text("utf-8"), style


def test_no_link_of_the_repository_is_left(pages: dict[Path, Reader]) -> None:
    assert [link for reader in pages.values() for link in reader.links if "site:none" in link] == []


def test_the_plug_points_are_shown(site: Path) -> None:
    text = (site / "reference" / "plug-points.html").read_text("utf-8")
    for name in ("StreamTranslator", "AccountStore", "TokenIssuer", "LedgerStore", "KeyStore"):
        assert f"{name}</span>" in text or f'{name}"' in text, name


@pytest.mark.parametrize(
    ("page", "link", "target"),
    [
        ("docs/quickstart.md", "configuration.md", "configuration.md"),
        ("docs/faults.md", "../SECURITY.md", "security.md"),
        ("docs/development.md", "adr/", "adr/README.md"),
        ("README.md", "docs/adr/", "adr/README.md"),
        ("README.md", "LICENSE", "site:none"),
        ("docs/replicas.md", "../deploy/kubernetes/", "site:none"),
        ("docs/metrics.md", "https://example.org/x.md", None),
        ("docs/metrics.md", "../../../outside.md", None),
    ],
)
def test_where_links_lead_on_the_site(page: str, link: str, target: str | None) -> None:
    assert hooks._target(hooks.PurePosixPath(page), link) == target
