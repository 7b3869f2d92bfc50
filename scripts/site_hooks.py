"""Hooks of MkDocs: pages from outside ``docs/``, links to them, and pages that nobody listed."""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

OUTSIDE = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh/index.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages of the repository's root, and what they are called on the site."""

_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
_DECISIONS = "adr"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside, and put the list of pages right."""
    for source, page in OUTSIDE.items():
        if (ROOT / source).exists():
            files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    there = {file.src_uri for file in files.documentation_pages()}
    config.nav = _present(config.nav or [], there)
    left = sorted(there - set(_listed(config.nav)))
    decisions = [page for page in left if page.startswith(f"{_DECISIONS}/")]
    more = [page for page in left if page not in decisions]
    if more:
        config.nav.append({"More": more})
    config.nav.append({"Decisions": sorted(decisions, key=_readme_first)})
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Have links lead to where their targets are on the site; what is not on it is told as code."""
    source = _source_of(page.file.src_uri)

    def rewritten(found: re.Match[str]) -> str:
        target = _target(source, found[2])
        if target is None:
            return found[0]
        return f"{found[1]}{_relative(page.file.src_uri, target)}{found[3]}"

    text = _LINK.sub(rewritten, markdown)
    return re.sub(r"\[([^\]]+)\]\(site:none[^)]*\)", r"\1", text)


def _source_of(page: str) -> PurePosixPath:
    """Where a page lies in the repository."""
    outside = {name: source for source, name in OUTSIDE.items()}
    return PurePosixPath(outside.get(page, f"docs/{page}"))


def _target(source: PurePosixPath, link: str) -> str | None:
    """The page of the site that a link of the repository leads to; ``None`` to leave it."""
    if ":" in link:
        return None
    path = (ROOT / source.parent / link).resolve()
    if not path.is_relative_to(ROOT):
        return None
    found = path.relative_to(ROOT).as_posix()
    if found in OUTSIDE:
        return OUTSIDE[found]
    if path.is_dir() and (path / "README.md").exists():
        found = f"{found}/README.md"
    if found.startswith("docs/"):
        return found.removeprefix("docs/")
    return "site:none"


def _relative(page: str, target: str) -> str:
    if target == "site:none":
        return target
    up = "../" * (len(PurePosixPath(page).parts) - 1)
    return f"{up}{target}"


def _present(nav: list[Any], there: set[str]) -> list[Any]:
    """The list without pages that do not exist."""
    kept: list[Any] = []
    for entry in nav:
        if isinstance(entry, str):
            kept += [entry] if entry in there else []
            continue
        for title, below in entry.items():
            if isinstance(below, list):
                kept.append({title: _present(below, there)})
            elif below in there:
                kept.append({title: below})
    return kept


def _listed(nav: list[Any]) -> list[str]:
    found: list[str] = []
    for entry in nav:
        below = [entry] if isinstance(entry, str) else list(entry.values())
        for each in below:
            found += _listed(each) if isinstance(each, list) else [each]
    return found


def _readme_first(page: str) -> tuple[bool, str]:
    return not page.endswith("README.md"), page
