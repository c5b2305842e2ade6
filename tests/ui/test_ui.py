"""A person's first minutes in the web UI, in a real browser, on the plan of a small retailer.

One test, since its steps share a retailer, a server and a page, which take a minute to make.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import WAIT_SECONDS, chromium, open_page
from playwright.sync_api import Page, expect
from serving import dagster_dev
from simulated import GROUPS, LAST, SMALL, environment

DAY = LAST.isoformat()
CODE = "/locations/inventory_assets.definitions"
SCORECARD = "/assets/supply/supplier_scorecard"
PLANS = ("targets", "allocation", "transfers_plan", "purchase_plan")
RUN_SECONDS = 120

expect.set_options(timeout=WAIT_SECONDS * 1000)


@pytest.fixture(scope="module")
def url(planned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the UI of a small retailer whose newest day `plenish plan` has planned."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("ui") / "retailer")
    env = {**environment(root), "PLENISH_DATA": str(root)}
    with dagster_dev(env, root / "dagster_dev.log") as address:
        yield address


@pytest.mark.skipif(chromium() is None, reason="no chromium is installed")
def test_first_minutes_in_the_ui(url: str, tmp_path: Path) -> None:
    with open_page(url) as page:
        try:
            asset_graph_shows_the_groups_and_opens_into_assets(page)
            planned = the_plan_is_the_only_run_and_green(page)
            landing_sensor_knows_what_the_command_has_planned(page)
            asset_page_tells_what_a_table_is_and_how_it_fares(page)
            asset_is_materialized_by_clicking(page, planned)
        except BaseException:
            page.screenshot(path=tmp_path / "last.png")
            raise


def asset_graph_shows_the_groups_and_opens_into_assets(page: Page) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_visible()

    # Cards out of the window are not drawn.
    page.set_viewport_size({"width": 2600, "height": 6400})
    page.goto("/asset-groups~group:%225_plans%22/")
    for asset in PLANS:
        expect(page.get_by_text(asset, exact=True).last).to_be_visible()
    page.set_viewport_size({"width": 1600, "height": 1000})


def the_plan_is_the_only_run_and_green(page: Page) -> list[str]:
    of_job = listed_runs(page, f"{CODE}/jobs/nightly/runs")
    assert len(of_job) == 1
    assert listed_runs(page, "/runs") == of_job, "nothing but `plenish plan` has run"
    expect_success(page, of_job[0])
    return of_job


def landing_sensor_knows_what_the_command_has_planned(page: Page) -> None:
    page.goto(f"{CODE}/sensors/landing_sensor")
    # The last row is the first tick; its badge shows the reason when pointed at.
    page.get_by_role("row").last.get_by_text("0 runs requested").first.hover()
    expect(page.get_by_text("what has landed is planned already")).to_be_visible()


def asset_page_tells_what_a_table_is_and_how_it_fares(page: Page) -> None:
    page.goto(SCORECARD)
    expect(
        page.get_by_text("How a supplier delivered over the window, in units, as")
    ).to_be_visible()
    expect(page.get_by_text("supply-management")).to_be_visible()
    rows = page.get_by_text("Row count").locator("xpath=../..")
    expect(rows).to_contain_text(str(SMALL.suppliers))

    otif = page.get_by_role("row", name="otif").first
    expect(otif).to_contain_text("Float64")
    expect(otif).to_contain_text("Share of ordered units delivered by the day asked for.")

    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_text("Every row holds the table's contract.")).to_be_visible()
    expect(page.get_by_text("Succeeded").first).to_be_visible()


def asset_is_materialized_by_clicking(page: Page, planned: list[str]) -> None:
    page.goto(SCORECARD)
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog")
    # The demo's day is older than the range that the dialog opens with.
    dialog.get_by_role("button", name="Show all partitions").click()
    partitions = dialog.get_by_role("textbox").first
    partitions.fill(DAY)
    partitions.press("Enter")
    dialog.get_by_role("button", name="Launch 1 run").click()
    expect(page.get_by_text("Launched run")).to_be_visible()

    launched, *others = listed_runs(page, "/runs")
    assert others == planned, "only the click has started a run"
    expect_success(page, launched)
    expect(page.get_by_text("supply / supplier_scorecard").first).to_be_visible()


def listed_runs(page: Page, address: str) -> list[str]:
    """Addresses of the runs that a page lists, the newest first."""
    page.goto(address)
    links = page.get_by_role("link", name="View", exact=True)
    expect(links.first).to_be_visible()
    return [str(link.get_attribute("href")) for link in links.all()]


def expect_success(page: Page, run: str) -> None:
    """The run's page comes to say that it succeeded, every step of it."""
    page.goto(run)
    expect(page.get_by_text("Success", exact=True)).to_be_visible(timeout=RUN_SECONDS * 1000)
    expect(page.get_by_text(f"partition: {DAY}")).to_be_visible()
    expect(page.get_by_text("Errored (0)")).to_be_visible()
