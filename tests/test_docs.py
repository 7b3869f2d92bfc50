"""What the pages promise exists: links, commands, options, routes that are answered."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from codex2api.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CALL = re.compile(r"(?<![\w/@{\"-])(?<!exec )codex2api ([a-z]+)(?!\w)((?: [^&|;\n]+)?)")
"""After ``exec`` it is the container's name."""
NOT_YET = {"login --official"}
"""Announced as planned, and said to be missing."""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).strip().replace(" ", "-") for text in headings}


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every call of ours in code: its command and its long options."""
    text = page.read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    inline = "\n".join(re.findall(r"`([^`\n]+)`", text))
    for line in f"{blocks}\n{inline}".splitlines():
        code = line.partition(" #")[0]
        for found in CALL.finditer(code):
            if found[0].strip().removeprefix("codex2api ") not in NOT_YET:
                yield found[1], re.findall(r"(?<!\S)--[a-z][\w-]*", found[2])


def options_of(name: str) -> set[str]:
    """The options of a command and of its own commands."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    below = command.commands.values() if isinstance(command, click.Group) else ()
    params = [*command.params, *(param for child in below for param in child.params)]
    return {"--help", *(text for param in params for text in (*param.opts, *param.secondary_opts))}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_exist(page: Path) -> None:
    for name, options in calls(page):
        assert name in COMMANDS, name
        assert set(options) <= options_of(name), (name, options)


def test_the_readme_names_commands_at_all() -> None:
    named = {name for name, _ in calls(ROOT / "README.md")}
    assert {"login", "serve", "status", "chat"} <= named


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))) <= targets


def test_scripts_that_are_named_exist() -> None:
    for page in PAGES:
        for script in re.findall(r"\b(?:scripts|bench)/[\w/]+\.\w+", page.read_text("utf-8")):
            assert (ROOT / script).exists(), (page, script)
