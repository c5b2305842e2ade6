"""The README's pictures: python tests/ui/pictures.py http://localhost:3000 http://localhost:8000."""

import sys
from pathlib import Path
from urllib.parse import quote

from browser import open_page
from playwright.sync_api import Page
from serving import PROJECT

IMAGES = PROJECT / "docs" / "images"
_ANIMATION_MS = 2000
_HEAD = 450
_PLANS = ("purchase_plan", "order_sourcing", "markdown_plan")
"""Plans that are shown with what they follow from; all of them fill more than a page."""


def take(url: str, folder: Path) -> None:
    """Take every picture.

    Args:
        url: a UI with a finished plan of the demo.
        folder: where the pictures go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open_page(url, 1200, 760) as page:
        page.goto("/asset-groups")
        page.get_by_text("Hide navigation").click()
        _graph(page, "/asset-groups", folder / "asset-graph.png", zoom_out=True)
        page.set_viewport_size({"width": 1300, "height": 1000})
        plans = quote(" or ".join(f'+key:"plans/{name}"' for name in _PLANS), safe="")
        in_group = quote('group:"5_plans" and ', safe="")
        _graph(page, f"/asset-groups~{in_group}({plans})/", folder / "plans-graph.png")

        page.set_viewport_size({"width": 1400, "height": 900})
        page.goto("/assets/demand/forecast")
        _dialog(page, "demand and forecast", folder / "forecast.png")
        page.goto("/assets/inventory/book_balance?view=checks")
        _dialog(page, "first", folder / "failing-rows.png")
        # Twenty rows are a long dialog: its top must be on the page.
        page.set_viewport_size({"width": 1400, "height": 1800})
        page.goto("/assets/reporting/worklist")
        _dialog(page, "rows", folder / "worklist.png", _HEAD)


def _graph(page: Page, address: str, path: Path, *, zoom_out: bool = False) -> None:
    page.goto(address)
    page.wait_for_timeout(2 * _ANIMATION_MS)
    tree = page.get_by_role("img", name="panel_show_right").last
    page.get_by_role("button").filter(has=tree).last.click()
    page.wait_for_timeout(_ANIMATION_MS)
    assert page.viewport_size
    bottom = page.viewport_size["height"] - 20
    page.mouse.dblclick(110, bottom)  # on nothing: fits the graph into the window
    page.wait_for_timeout(_ANIMATION_MS)
    page.mouse.down()
    page.mouse.move(85, bottom)  # from under the buttons at the right
    page.mouse.up()
    if zoom_out:  # the window that it is fitted into has bars at its edges
        smaller = page.get_by_role("img", name="zoom_out")
        page.get_by_role("button").filter(has=smaller).last.click()
    page.wait_for_timeout(_ANIMATION_MS)
    page.screenshot(path=path)


def _dialog(page: Page, key: str, path: Path, height: int | None = None) -> None:
    """The table or plot behind a metadata entry, without the page around it."""
    row = page.get_by_role("row").filter(has=page.get_by_text(key, exact=True))
    row.get_by_text("[Show Markdown]").click()
    dialog = page.get_by_role("dialog").last
    dialog.wait_for()
    page.wait_for_timeout(_ANIMATION_MS)
    box = dialog.bounding_box()
    assert box, "the dialog is not on the page"
    page.screenshot(
        path=path,
        clip={
            "x": box["x"],
            "y": max(box["y"], 0),
            "width": box["width"],
            "height": height or box["height"],
        },
    )


def take_workbench(url: str, folder: Path) -> None:
    """Take the pictures of the workbench.

    Args:
        url: of the workbench, where nobody is entered yet.
        folder: where the pictures go.
    """
    with open_page(url, 1400, 820) as page:
        page.goto("/sign-on")
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Role").select_option("buyer")
        page.get_by_role("button", name="Sign on").click()
        page.goto("/worklist?standing=waiting")
        for _ in range(2):
            page.keyboard.press("j")
            page.keyboard.press("x")
        page.screenshot(path=folder / "workbench-worklist.png")
        page.goto("/worklist?kind=allocation")
        page.locator("[data-open]").first.click()
        page.locator("dl.facts a").first.click()
        page.get_by_role("heading", name="Demand by day").scroll_into_view_if_needed()
        page.set_viewport_size({"width": 1400, "height": 1500})
        page.screenshot(path=folder / "workbench-item.png")


if __name__ == "__main__":
    take(sys.argv[1], IMAGES)
    take_workbench(sys.argv[2], IMAGES)
