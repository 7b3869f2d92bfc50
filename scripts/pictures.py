"""Takes pictures of the dashboard, for the documentation and for whoever changes it.

``python scripts/pictures.py --out FOLDER [PAGE ...]`` shows every page (or those that are named) of
a made-up product, in light, in dark, and as wide as a phone. Needs Chromium. With ``--window`` a
picture ends where the window does; ``status.svg`` is what ``codex2api status`` says of the same.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.chromium import CHROMIUM, FORMS, chromium, visiting
from tests.browser.pages import PAGES, Shown
from tests.browser.world import lived_in
from tests.served import Served


async def take(out: Path, pages: list[Shown], *, whole: bool) -> None:
    """Take the pictures: ``overview-light.png`` and so on."""
    with tempfile.TemporaryDirectory(prefix="codex2api-pictures-") as home:
        async with lived_in(Path(home)) as product, chromium() as browser:
            (out / "status.svg").write_text(await terminal(product), "utf-8")
            for form in FORMS:
                async with visiting(browser, product, form) as visit:
                    for shown in pages:
                        await visit.go(shown.path)
                        await visit.page.locator(shown.sign).first.wait_for()
                        if shown.click:
                            await visit.page.locator(shown.click).first.click()
                            await visit.page.locator(shown.then or shown.sign).first.wait_for()
                        picture = out / f"{shown.name}-{form.name}.png"
                        await visit.page.screenshot(
                            path=picture, full_page=whole and not shown.click
                        )
                        print(picture)


async def terminal(product: Served) -> str:
    """A picture of the command line."""
    command = [sys.executable, "-m", "codex2api", "--color", "always", "status"]
    simulator = product.simulator.url
    environment = {
        "CODEX2API_HOME": str(product.home),
        "CODEX2API_OAUTH__ISSUER": simulator,
        "CODEX2API_BACKEND__URL": f"{simulator}/backend-api",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "PORT": product.url.rpartition(":")[2],
        "PYTHONPATH": ":".join(sys.path),
    }
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    console = Console(record=True, width=100, file=StringIO(), color_system="standard")
    console.print("[bold]$ codex2api status[/]")
    console.print(Text.from_ansi(said.decode().rstrip()))
    drawn = console.export_svg(title="codex2api", font_aspect_ratio=0.61)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # nothing from elsewhere


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--window", action="store_true", help="what a window shows, no more")
    parser.add_argument("pages", nargs="*", choices=[[], *(shown.name for shown in PAGES)])
    wish = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("There is no Chromium here; install it (apt-get install chromium).")
    pages = [each for each in PAGES if each.name in wish.pages or not wish.pages]
    wish.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(wish.out, pages, whole=not wish.window))


if __name__ == "__main__":
    main()
