"""Figures are those of the rows behind them, and pages tell what the command line tells."""

import re
from urllib.parse import urlencode

import polars as pl
from client import serving
from simulated import LAST, warehouse_of

from quality_checks.contracts import CONTRACTS
from quality_checks.contracts.metric_views import METRICS
from workbench.interface import API


def count_rows(page):
    """Rows that a list says it has, of all its pages."""
    return int(page.find(r"<strong>([\d,]+)</strong> (?:actions|rows)").replace(",", ""))


def test_key_metrics_lead_to_the_lists_that_they_are_made_of(planner):
    home = planner.get("/").text
    table = home.partition("How it goes")[2].partition("</table>")[0]
    addresses = re.findall(r'<a href="(/lists/[a-z-]+)">', table)
    assert len(addresses) == len(METRICS)
    assert all(planner.get(address).status == 200 for address in {*addresses})


def test_each_figure_leads_to_the_rows_that_it_counts(planner):
    home = planner.get("/")
    found = re.findall(r'<dt>([^<]+)</dt>\s*<dd><a href="([^"]+)">([\d,.]+)( \w+)?</a>', home.text)
    assert len(found) > 10
    for name, address, value, unit in found:
        page = planner.get(address.replace("&amp;", "&"))
        assert page.status == 200
        if unit or "data-health" in address:
            continue
        assert count_rows(page) == int(value.replace(",", "")), name


def test_stock_outs_cost_what_the_table_of_shortages_says(planner, waiting):
    shortages = warehouse_of(waiting).read(CONTRACTS["shortages"], LAST)
    lost = shortages["lost_margin"].sum()
    page = planner.get("/lists/stock-outs")
    assert f"lost margin {lost:,.2f}" in page.text
    assert count_rows(page) == shortages.height


def test_the_worklist_is_all_actions_those_worth_most_first(planner, waiting):
    proposals = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    page = planner.get("/worklist?size=500")
    assert count_rows(page) == proposals.height
    ids = page.find_all(r'name="selected" value="(\w+):')
    assert sorted(ids) == sorted(proposals["action_id"])
    assert f"value {proposals['value'].sum():,.2f}" in page.text
    role = planner.get("/worklist?standing=waiting&missing_roles=buyer&size=500")
    asked = set(role.find_all(r'name="selected" value="(\w+):'))
    assert asked
    assert asked < set(ids)


def test_an_action_is_told_as_the_command_line_tells_it(shown, planner):
    premises = shown.premises
    desk = premises.open_desk(LAST)
    action = desk.proposals.filter(kind="purchase_order").row(0, named=True)
    steps = premises.warehouse.query("explanation", LAST, action_id=action["action_id"])
    page = planner.get(f"/actions/{action['action_id']}")
    for words in steps["words"]:
        assert words in page.find(r"(?s)<table class=\"list\">(.*?)</table>")
    table = steps["source_table"].drop_nulls()[0]
    assert f"<code>{table}</code>" in page.text
    story = planner.get(f"/actions/{action['action_id']}/story")
    assert story.find_all("<h2>(.*?)</h2>")[:3] == ["Proposed", "What it rests on", "Plan"]
    assert "sha256" in story.text


def test_enter_in_a_field_decides_nothing(shown, planner):
    action = shown.premises.open_desk(LAST).proposals["action_id"][0]
    for where in ("/worklist", f"/actions/{action}"):
        page = planner.get(where).text
        # A browser presses the first button of a form, and none where that is disabled.
        form = page[page.index(f'action="{where}/decisions"') :]
        assert form[form.index("<button") :].startswith("<button disabled hidden>")


def test_an_item_location_is_told_and_drawn(shown, planner):
    desk = shown.premises.open_desk(LAST)
    action = desk.proposals.filter(kind="allocation").sort("action_id").row(0, named=True)
    pair = urlencode({"sku": action["sku"], "location": action["destination"]})
    page = planner.get(f"/item-location?{pair}")
    assert "units are planned by allocation" in page.text
    assert page.text.count("<svg") == 3
    assert "<title id=" in page.text
    assert f"/actions/{action['action_id']}" in page.text
    told = planner.get(f"{API}/item-locations?{pair}").json
    assert told["why"] in page.text
    assert len(told["history"]) > 20
    assert told["projection"][0]["closing"] is not None


def test_an_item_location_that_is_not_there_is_said(planner):
    page = planner.get("/item-location?sku=A&location=B")
    assert page.status == 404
    assert "There is no A at B" in page.text


def test_data_health_lists_what_failed(planner, waiting):
    outcomes = warehouse_of(waiting).read(CONTRACTS["check_outcomes"], LAST)
    failed = outcomes.filter(~pl.col("passed"))
    page = planner.get("/data-health")
    for check in failed["check"].unique():
        assert check.replace("_", " ") in page.text
    assert f"{failed.height:,} of" in page.text


def test_before_the_first_plan_pages_say_so(tmp_path):
    with serving(tmp_path) as served:
        page = served.sign_on("Ann", "planner").get("/")
        assert page.status == 404
        assert "nothing is planned yet" in page.text
