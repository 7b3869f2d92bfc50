"""Modules are joined in the right order, each with its own names."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from codex2api.dashboard.assets import Asset, Assets
from codex2api.dashboard.site import PAGES, SIGN_IN

NODE = shutil.which("node")

MODULES = {
    "page.js": 'import { twice as double } from "./sums.js";\nimport "./effect.js";\n'
    'import { same } from "./names.js";\nconsole.log(double(21), same, globalThis.seen);\n',
    "sums.js": 'import { same } from "./names.js";\nconst local = 2;\n'
    "export function twice(n) { return n * local * (same === 7 ? 1 : 0); }\n",
    "names.js": "const local = 7;\nexport const same = local;\nexport class Kept {}\n",
    "effect.js": "globalThis.seen = (globalThis.seen ?? 0) + 1;\n",
    "classic.js": "(() => 1)();\n",
    "style.css": "body{}\n",
}


def found(assets: Assets, name: str, language: str = "en") -> Asset:
    _, _, digest, _, _ = assets.url(name).split("/")
    asset = assets.find(digest, language, name)
    assert asset is not None
    return asset


@pytest.mark.skipif(NODE is None, reason="There is no node here.")
def test_a_page_is_one_script_in_which_every_module_runs_once() -> None:
    script = found(Assets(MODULES), "page.js").content
    done = subprocess.run([NODE or "", "-"], input=script, capture_output=True, check=True)
    assert done.stdout.decode() == "42 7 1\n"


def test_what_is_no_module_is_sent_as_it_is() -> None:
    assets = Assets(MODULES)
    assert found(assets, "style.css").content.decode() == MODULES["style.css"]
    assert found(assets, "classic.js").content.decode() == MODULES["classic.js"]


def test_modules_in_a_circle_are_refused() -> None:
    circle = {"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'}
    with pytest.raises(ValueError, match="imports itself"):
        found(Assets(circle), "a.js")


def test_the_address_changes_with_the_content() -> None:
    changed = {**MODULES, "style.css": "html{}\n"}
    assert Assets(MODULES).url("page.js") == Assets(MODULES).url("page.js")
    assert Assets(MODULES).url("page.js") != Assets(changed).url("page.js")


@pytest.mark.parametrize(
    "wrong", [("0" * 16, "en", "page.js"), (None, "xx", "page.js"), (None, "en", "../x")]
)
def test_nothing_else_is_found(wrong: tuple[str | None, str, str]) -> None:
    assets = Assets(MODULES)
    digest, language, name = wrong
    assert assets.find(digest or assets.url("x").split("/")[2], language, name) is None


@pytest.mark.parametrize("page", [*PAGES, SIGN_IN], ids=lambda page: page.name)
def test_every_page_has_its_module_and_it_imports_what_there_is(page: object) -> None:
    assets = Assets()
    for language in ("en", "zh_Hans"):
        content = found(assets, f"{page.name}.js", language).content.decode()  # type: ignore[attr-defined]
        assert "\nimport " not in content
        assert "\nexport " not in content


def test_texts_come_in_the_language(tmp_path: Path) -> None:
    content = found(Assets(), "overview.js", "zh_Hans").content.decode()
    texts = content.split("const TEXTS = ")[1].split(";\n")[0]
    assert isinstance(json.loads(texts), dict)


def test_modules_are_small_and_make_no_markup() -> None:
    for path in (Path(__file__).parents[2] / "src/codex2api/dashboard/static").glob("*.js"):
        text = path.read_text()
        assert len(text.splitlines()) <= 200, path.name
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in text, path.name
