"""Pictures of the console for docs/images, taken from a running demo.

yingfeng demo --port 8000
python -m tests.console.pictures http://127.0.0.1:8000
"""

from __future__ import annotations

import os
import sys

from playwright.sync_api import Browser, expect, sync_playwright

from tests.console.test_pages import PATIENT_MS, ROOT, opened
from tests.servers.chromium import QUIET
from tests.servers.process import find_binary

FOLDER = ROOT / "docs" / "images"
HEIGHTS = {390: 1900, 1440: 1400, 1920: 1400}
PAGES = {"alerts": "alerts", "enterprise": "enterprise/E001", "peaks": "peaks", "registry": "registry"}
#: Best taken in the evening of the demo's day, when its order is in force.
EVENING = {"orders-390-zh": "orders", "review": "review"}


def overview(chromium: Browser, site: str, width: int, language: str) -> None:
    """Once everything is drawn, who makes the peak included."""
    with opened(chromium, site, "officer", width=width, language=language) as page:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for drawn in (".tile.hero .value .num", "#brief", "table[data-name=top] tbody tr", "canvas"):
            expect(page.locator(drawn).first).to_be_visible(timeout=PATIENT_MS)
        page.wait_for_timeout(3_000)
        page.screenshot(path=FOLDER / f"overview-{width}-{language}.png", full_page=True)


def other(chromium: Browser, site: str, name: str, path: str, language: str) -> None:
    width = 390 if "-390-" in name else 1440
    with opened(chromium, site, "officer", width=width, language=language) as page:
        page.goto(f"{site}/console/{path}")
        expect(page.locator("h1").first).to_be_visible(timeout=PATIENT_MS)
        page.wait_for_timeout(6_000)
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.wait_for_timeout(1_000)
        page.screenshot(path=FOLDER / f"{name}.png")


def main(site: str) -> None:
    options = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        binary = find_binary("chromium", package="chromium")
        chromium = driver.chromium.launch(executable_path=binary, args=options)
        for language in ("zh", "en"):
            for width in HEIGHTS:
                overview(chromium, site, width, language)
        for name, path in (PAGES | EVENING).items():
            other(chromium, site, name, path, "zh")
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
