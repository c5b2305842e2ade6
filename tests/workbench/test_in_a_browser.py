"""A planner's morning in a real browser, by keyboard, in light and dark, on a desk and a tablet."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import chromium, open_page
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from test_scenarios_tried import keep_scenario

from governance import EVER
from governance.level_changes import read_level_changes

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium is installed")

DONE = {"name": "done", "policy": {"sourcing.late_cost": 9.5}}
"""A scenario that has a page."""
PAGES = (
    *(
        "/",
        "/worklist",
        "/lists/stock-outs",
        "/data-health",
        "/lists/suppliers",
        "/suppliers/SUP01",
    ),
    *("/transfers", "/allocation", "/markdowns", "/orders", "/model-health", "/audit", "/settings"),
    *("/lists/outcomes", "/approvals", "/scenarios", f"/scenarios/{DONE['name']}"),
)

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Rules of axe that pages keep: WCAG 2.2 AA, and what it calls best practice."""
CONTRAST = ["color-contrast"]

OVERFLOWING = (
    "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
)


@pytest.fixture
def page(bench):
    with open_page(f"http://127.0.0.1:{bench.port}", 1280, 900) as opened:
        said = []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        yield opened
        assert said == [], "no script failed, and no policy of the browser was broken"


def find_barriers(page: Page, rules: list[str]) -> list[tuple[str, str]]:
    """What axe finds on a page that keeps somebody from using it: rule and element."""
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


def test_barriers_are_found(page):
    page.goto("/sign-on")
    page.set_content("<html lang=en><title>A</title><main><h1>A</h1><input></main></html>")
    assert find_barriers(page, STANDARDS) == [("label", "<input>")]
    # Of no page of ours, whose content policy lets no style in.
    page.goto(
        "data:text/html,<html lang=en><p style='color:silver;background:white'>pale</p></html>"
    )
    assert [rule for rule, _ in find_barriers(page, CONTRAST)] == ["color-contrast"]


def sign_on(page: Page, role: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Sign on").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def test_a_morning_at_the_worklist(page, bench):
    sign_on(page, "buyer")
    page.get_by_role("link", name="Worklist").click()
    page.get_by_label("Asked").select_option("buyer")
    expect(page).to_have_url(re.compile("missing_roles=buyer"))
    rows = page.locator("[data-row]")
    waiting = rows.count()
    assert waiting >= 3
    # The first is ticked, what is selected is summed, and it is approved with a reason.
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator('[data-sum="lines"]')).to_have_text("1")
    value = float(rows.first.get_attribute("data-value"))
    expect(page.locator('[data-sum="value"]')).to_have_text(f"{value:,.2f}")
    page.keyboard.press("a")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.fill("agreed")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("1 recorded.")
    expect(page.locator("[data-row]")).to_have_count(waiting - 1)
    # The next is opened, and rejected there.
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    page.get_by_label("Code").select_option("not_worth_it")
    page.get_by_label("Reason").fill("not now")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("1 recorded.")
    decided = bench.premises.store.decisions(EVER).sort("decision")
    assert decided.select("decision", "author", "reason", "reason_code").rows() == [
        ("approve", "Ann", "agreed", None),
        ("reject", "Ann", "not now", "not_worth_it"),
    ]


def test_keys_search_and_help(page):
    sign_on(page, "planner")
    page.goto("/worklist")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    search = page.get_by_label("Search")
    expect(search).to_be_focused()
    search.fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No action fits.")).to_be_visible()


def test_views_are_kept_and_groups_lead_to_rows(page):
    sign_on(page, "buyer")
    page.goto("/worklist?standing=waiting&sort=value&direction=down")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Name").fill("Dearest <b>")
    page.get_by_role("button", name="Keep this view").click()
    page.goto("/worklist")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="Dearest <b>").click()
    expect(page).to_have_url(re.compile("standing=waiting.*sort=value"))
    page.get_by_text("Group", exact=True).click()
    page.get_by_role("link", name="Kind", exact=True).first.click()
    groups = page.locator("table", has_text="Actions that fit, grouped")
    groups.get_by_role("link").first.click()
    expect(page.get_by_label("Kind")).not_to_have_value("")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("button", name="Forget Dearest <b>").click()
    expect(page.get_by_role("link", name="Dearest <b>")).to_have_count(0)


def test_a_workbook_is_downloaded_filled_in_and_sent_back(page, bench, tmp_path):
    sign_on(page, "buyer")
    page.goto("/worklist?standing=waiting&missing_roles=buyer")
    page.get_by_text("Excel", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Those that wait and fit").click()
    path = tmp_path / "sheet.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    cells = book.worksheets[0]
    names = [cell.value for cell in cells[1]]
    for name, value in {"decide": "approve", "as_role": "buyer", "why": "by sheet"}.items():
        cells.cell(2, names.index(name) + 1, value)
    book.save(path)
    page.get_by_label("Filled in").set_input_files(path)
    page.get_by_role("button", name="Decide by it").click()
    expect(page.get_by_role("status")).to_contain_text("1 recorded.")
    (reason,) = bench.premises.store.decisions(EVER)["reason"]
    assert reason == "by sheet"


def test_a_level_is_tried_before_it_is_saved(page, bench):
    sign_on(page, "planner")
    page.goto("/worklist?kind=allocation")
    page.goto(page.locator("[data-open]").first.get_attribute("href"))
    page.locator("dl.facts a").first.click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.get_by_label("What", exact=True).select_option("minimum")
    page.get_by_label("Units at least").fill("4321")
    page.get_by_label("To", exact=True).fill(page.get_by_label("From", exact=True).input_value())
    page.get_by_label("Reason").fill("fair")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_role("status")).to_contain_text("4,321")
    assert read_level_changes(bench.premises.store) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded")
    (change,) = read_level_changes(bench.premises.store)
    assert change.minimum == 4321


def test_a_link_from_a_mail_finds_the_planner_signed_on(page):
    sign_on(page, "planner")
    worklist = page.url + "worklist"
    page.goto(f"data:text/html,<a href='{worklist}'>What waits</a>")
    page.get_by_role("link", name="What waits").click()
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()


def test_a_form_of_another_site_does_nothing_and_signs_nobody_off(bench):
    # Not the fixture's page: it fails on what the console says, and a refusal is said there.
    with open_page(f"http://127.0.0.1:{bench.port}") as page:
        sign_on(page, "planner")
        home = page.url
        for path in ("worklist/decisions", "sign-off"):
            form = f"<form method=post action='{home}{path}'><button>Win</button></form>"
            page.goto(f"data:text/html,{form}")
            page.get_by_role("button", name="Win").click()
            expect(page.get_by_role("alert")).to_contain_text("The form is of no page")
        page.goto("/worklist")
        expect(page.get_by_role("heading", name="Worklist")).to_be_visible()


def test_pages_can_be_read_and_used_by_everybody(page, bench):
    keep_scenario(bench, DONE, "Ann")
    sign_on(page, "planner")
    page.goto("/worklist?kind=allocation")
    action = page.locator("[data-open]").first.get_attribute("href")
    page.goto(action)
    pair = page.locator("dl.facts a").first.get_attribute("href")
    for path in (*PAGES, action, pair):
        page.emulate_media(color_scheme="light")
        page.goto(path)
        assert find_barriers(page, STANDARDS) == [], path
        # The other scheme is other colours, and nothing else.
        page.emulate_media(color_scheme="dark")
        assert find_barriers(page, CONTRAST) == [], path
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            assert not page.evaluate(OVERFLOWING), (path, width)
    page.keyboard.press("Tab")
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid", "where the keyboard is can be seen"
