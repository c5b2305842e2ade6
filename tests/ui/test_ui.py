"""A person's first minutes in the web UI, in a real browser, on a tiny retailer's plan."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from serving import dagster_dev, environment, plenish

from browser import WAIT_SECONDS, chromium, open_page

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium is installed")

DAY = "2025-09-30"
GROUPS = ["actions", "demand", "exports", "extracts", "inventory", "plans", "reporting", "supply"]
CODE = "inventory_assets.definitions"
RUN_SECONDS = 90

expect.set_options(timeout=WAIT_SECONDS * 1000)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the UI of a tiny retailer whose business date `plenish plan` has planned."""
    folder = tmp_path_factory.mktemp("retailer")
    env = environment(folder)
    data = str(folder / "data")
    plenish(["demo", "--size", "tiny", "--data", data], env)
    plenish(["plan", "--data", data], env)
    with dagster_dev(env, folder / "dagster_dev.log") as address:
        yield address


@pytest.fixture(scope="module")
def page(url: str) -> Iterator[Page]:
    with open_page() as opened:
        opened.goto(url)
        yield opened


def rows_of_runs(page: Page) -> list[str]:
    """The runs on a page of runs, newest first, as text."""
    expect(page.get_by_text("Created at")).to_be_visible()
    expect(page.locator("a[href^='/runs/']").first).to_be_visible()
    return [row.inner_text() for row in page.locator("tr", has=page.locator("a[href^='/runs/']")).all()]


def test_the_asset_graph_shows_every_group_and_opens_into_assets(url, page):
    page.goto(f"{url}/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_visible()

    page.goto(f"{url}/asset-groups~group:%22plans%22/")
    page.get_by_text("plans", exact=True).last.click()
    for asset in ("targets", "allocation", "transfers_plan", "purchase_plan"):
        expect(page.get_by_text(asset, exact=True).first).to_be_visible()
