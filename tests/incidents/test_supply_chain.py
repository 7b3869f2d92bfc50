"""Packages that did more than they said.

LiteLLM 1.82.7 and 1.82.8 (24 March 2026): the repository stayed clean, and a ``.pth`` file in the
published wheel ran on every start of the interpreter. CLIProxyAPI #3457: the panel is JavaScript
that is downloaded at run time, without an integrity hash.
"""

import ast
import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "codex2api"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def build(folder: Path) -> Path:
    """A wheel of the tree as it is, with what is installed, without a network."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def metadata_of(wheel: Path, name: str) -> str:
    with ZipFile(wheel) as archive:
        (found,) = [each for each in archive.namelist() if each.endswith(f".dist-info/{name}")]
        return archive.read(found).decode()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        links = [info.filename for info in archive.infolist() if info.external_attr >> 28 == 0xA]
    info = {
        name for name in names if name.startswith(f"{'-'.join(wheel.name.split('-')[:2])}.dist")
    }
    package = {
        path.relative_to(ROOT / "src").as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert names - info == package
    assert {name.split("/", 1)[1] for name in info} == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    assert links == []
    assert [name for name in names if name.endswith((".pth", ".so", ".pyd", ".pyc", ".egg"))] == []


def test_every_file_of_the_wheel_is_what_its_record_says(wheel: Path) -> None:
    rows = list(csv.reader(io.StringIO(metadata_of(wheel, "RECORD"))))
    with ZipFile(wheel) as archive:
        assert {row[0] for row in rows} == set(archive.namelist())
        for name, digest, _ in rows:
            if not name.endswith("RECORD"):
                found = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest())
                assert digest == f"sha256={found.decode().rstrip('=')}"


def test_a_rebuild_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    """So that a published wheel can be compared with one of the tag."""
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


def test_it_installs_one_command_and_asks_for_what_is_declared(wheel: Path) -> None:
    assert metadata_of(wheel, "entry_points.txt").split() == [
        *("[console_scripts]", "codex2api", "=", "codex2api.cli:main")
    ]
    told = Parser().parsestr(metadata_of(wheel, "METADATA")).get_all("Requires-Dist") or []
    always = {re.split(r"[<>=;\s]", each)[0] for each in told if "extra ==" not in each}
    declared = {re.split(r"[<>=;\s]", each)[0] for each in PROJECT["project"]["dependencies"]}
    assert always == declared


def test_nothing_runs_when_it_is_built() -> None:
    assert PROJECT["build-system"]["build-backend"] == "hatchling.build"
    assert [each.split(">")[0] for each in PROJECT["build-system"]["requires"]] == ["hatchling"]
    assert set(PROJECT["tool"]["hatch"]) == {"version"}
    assert list(ROOT.glob("setup.*")) == []


def test_importing_it_starts_nothing() -> None:
    code = (
        "import sys, threading, socket\n"
        "socket.socket.connect = socket.socket.bind = lambda *_: sys.exit('a socket')\n"
        "import codex2api.app, codex2api.cli.serve\n"
        "assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize(
    "page",
    [path for path in SOURCE.rglob("*") if path.suffix in {".html", ".css", ".js", ".mjs", ".svg"}],
    ids=lambda path: path.name,
)
def test_pages_load_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    elsewhere = r"""\s*["']?\s*(?:https?:)?//"""
    loads = rf"(?:src|href|action|poster|data)\s*={elsewhere}|url\({elsewhere}"
    code = rf"@import|\bimport\s*\(?{elsewhere}|importScripts"
    assert re.findall(f"{loads}|{code}", text, re.IGNORECASE) == []


def test_no_code_is_made_of_text() -> None:
    """LiteLLM GHSA-xqmj-j6mv-4862, GHSA-v4p8-mg3p-g94g, GHSA-46cm-pfwv-cgf8: "test this" routes.

    They rendered templates and ran commands that callers sent. Nothing here can.
    """
    forbidden = {"eval", "exec", "compile", "__import__", "popen", "render_template", "from_string"}
    rooms = {"jinja2", "mako", "pickle", "marshal", "shelve", "subprocess", "runpy", "ctypes"}
    # The browser that a sign-in opens, our own commands, and the dashboard's packaged pages.
    allowed = {("cli", "subprocess"), ("auth", "subprocess"), ("dashboard", "jinja2")}
    found = []
    for path in SOURCE.rglob("*.py"):
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = imported(node) | called(node)
            found += [(room, name) for name in names & (forbidden | rooms)]
    assert set(found) - allowed == set()


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return set()


def called(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {node.func.id}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return {node.func.attr} & {"popen", "render_template"}
    return set()
