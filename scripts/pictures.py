"""Takes pictures of the dashboard, for the documentation and for whoever changes it.

``python scripts/pictures.py --out FOLDER [PAGE ...]`` shows every page (or those that are named) of
a made-up product, in light, in dark, and as wide as a phone. Needs Chromium.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.chromium import CHROMIUM, FORMS, chromium, visiting
from tests.browser.pages import PAGES, Shown
from tests.browser.world import lived_in


async def take(out: Path, pages: list[Shown]) -> None:
    """Take the pictures: ``overview-light.png`` and so on."""
    with tempfile.TemporaryDirectory(prefix="codex2api-pictures-") as home:
        async with lived_in(Path(home)) as product, chromium() as browser:
            for form in FORMS:
                async with visiting(browser, product, form) as visit:
                    for shown in pages:
                        await visit.go(shown.path)
                        await visit.page.locator(shown.sign).first.wait_for()
                        if shown.click:
                            await visit.page.locator(shown.click).first.click()
                            await visit.page.locator(shown.then or shown.sign).first.wait_for()
                        picture = out / f"{shown.name}-{form.name}.png"
                        await visit.page.screenshot(path=picture, full_page=not shown.click)
                        print(picture)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("pages", nargs="*", choices=[[], *(shown.name for shown in PAGES)])
    wish = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("There is no Chromium here; install it (apt-get install chromium).")
    asyncio.run(
        take(wish.out, [each for each in PAGES if each.name in wish.pages or not wish.pages])
    )


if __name__ == "__main__":
    main()
