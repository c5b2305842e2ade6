"""The README's pictures, taken of a running UI: python tests/ui/pictures.py http://localhost:3000."""

import sys
from pathlib import Path
from urllib.parse import quote

from browser import open_page
from playwright.sync_api import Locator, Page
from serving import PROJECT

IMAGES = PROJECT / "docs" / "images"
_ANIMATION_MS = 2000


def take(url: str, folder: Path) -> None:
    """Take every picture.

    Args:
        url: a UI with a finished plan of the demo.
        folder: where the pictures go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open_page(url, 1400, 560) as page:
        page.goto("/asset-groups")
        page.get_by_text("Hide navigation").click()
        page.get_by_placeholder("Jump to").locator("xpath=following::button[1]").click()
        _graph(page, "", folder / "asset-graph.png")
        shown = " or ".join(f'group:"{name}"' for name in ("supply", "plans", "actions", "exports"))
        _graph(page, shown, folder / "plans-graph.png", expanded=True)

        page.set_viewport_size({"width": 1400, "height": 900})
        page.goto("/assets/demand/forecast")
        _dialog(page, "demand and forecast", folder / "forecast.png")
        page.goto("/assets/inventory/book_balance?view=checks")
        page.get_by_text("balanced", exact=True).first.click()
        _dialog(page, "first", folder / "failing-rows.png")
        page.goto("/assets/reporting/worklist")
        _dialog(page, "rows", folder / "worklist.png")


def _graph(page: Page, selection: str, path: Path, *, expanded: bool = False) -> None:
    page.goto(f"/asset-groups~{quote(selection)}/" if selection else "/asset-groups")
    page.wait_for_timeout(_ANIMATION_MS)
    if expanded:
        page.keyboard.press("Alt+e")
        # A fresh look at the same groups fits them into the window.
        page.reload()
        page.wait_for_timeout(2 * _ANIMATION_MS)
    page.screenshot(path=path)


def _dialog(page: Page, key: str, path: Path) -> None:
    """The table or plot behind a metadata entry, without the page around it."""
    row = page.get_by_role("row").filter(has=page.get_by_text(key, exact=True))
    row.get_by_text("[Show Markdown]").click()
    dialog: Locator = page.get_by_role("dialog").last
    dialog.wait_for()
    page.wait_for_timeout(_ANIMATION_MS)
    dialog.screenshot(path=path)


if __name__ == "__main__":
    take(sys.argv[1], IMAGES)
