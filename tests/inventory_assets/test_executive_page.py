"""The executive page: rows of views of the published copy, in one file that fetches no other."""

import pytest
from landing_folder import put
from rich.console import Console

from inventory_assets.cli.executive import write_executive_page
from inventory_assets.cli.workplace import Workplace
from inventory_assets.cli.worth import KeptWorth, name_kept_worth
from simulation.replay import Worth

HOSTILE = "<script>alert(1)</script>"
PAIR = {"sku": "A", "region": "north", "department": "fashion", "service_class": "A"}


@pytest.fixture
def published(shop):
    """Two stores, one of them out of stock; an action that waits for two; an exception."""
    put(shop, "plan_versions", 1, plan_version=1, plan_hash="h", input_hash="i", policy_hash="p",
        code_version="c", model_version="m", current=True)  # fmt: skip
    for store, units in (("S1", 0), ("S2", 40)):
        there = {**PAIR, "location": store, "kind": "store", "status": "active"}
        counted = {"on_hand": units, "available": units, "unit_cost": 2.5}
        put(shop, "planning_pairs", 1, **there, **counted)
    put(shop, "shortages", 1, sku="A", location="S1", region="north", state="out",
        lost_margin=120.4)  # fmt: skip
    action = {"action_id": "x", "plan_version": 1, "kind": "stock_count", "region": "north"}
    put(shop, "proposals", 1, **action, value=90.0, benefit=12.0, urgency_days=1.0, currency="EUR")
    put(shop, "routed", 1, action_id="x", plan_version=1, status="waiting",
        missing_roles="buyer;finance", decided_by=None)  # fmt: skip
    put(shop, "exceptions", 1, exception_id="e", kind="k", state="open", words=HOSTILE,
        money_at_risk=1234.0)  # fmt: skip
    shop.warehouse.publish_copy()
    return shop


def page(shop, tmp_path):
    out = tmp_path / "page.html"
    write_executive_page(Workplace(shop.root), out, Console(quiet=True))
    return out.read_text()


def test_the_page_has_what_the_views_have(published, tmp_path):
    text = page(published, tmp_path)
    assert "1 of 2 item-locations are out of stock" in text
    assert "120 of margin" in text
    for role in ("buyer", "finance"):
        assert f'<td>{role}</td><td class="n">1</td><td class="n">90</td>' in text
    assert '<td>store</td><td class="n">2</td><td class="n">1</td>' in text
    assert "<td>stock count</td>" in text
    assert '<td>available</td><td class="n">40</td><td class="n">100</td>' in text
    assert "rows that are refused or wait:</p>\n<p>None.</p>" in text
    # The key metrics two beside each other: of these nothing is known, not even a zero.
    unknown = '<td class="n">-</td>'
    assert f"<td>Turns of stock a year</td>{unknown}<td>0 categories by region</td>" in text
    assert f"<td>Counts that found what the record stated</td>{unknown}<td>0 counts</td>" in text
    # Nothing is known of working capital.
    assert "Working capital by week</h2>\n<p>None.</p>" in text


def test_the_page_fetches_nothing_and_runs_nothing(published, tmp_path):
    text = page(published, tmp_path)
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert not any(word in text for word in ("http", "src=", "@import", "url("))
    assert page(published, tmp_path) == text


def test_what_was_played_last_stands_with_what_it_assumes(published, tmp_path):
    assert "What it is worth" not in page(published, tmp_path)
    row = Worth("turns", "a year", 3.25, 4.5, 1.25, 0.5, None, "A season counts for the year.")
    kept = KeptWorth(rule=HOSTILE, played="9 days of tiny", rows=[row])
    file = name_kept_worth(published.root)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(kept.model_dump_json())
    text = page(published, tmp_path)
    assert "<td>turns</td><td>a year</td>" in text
    figures = "".join(f'<td class="n">{said}</td>' for said in ("3.25", "4.5", "1.25", "0.5", "-"))
    assert f"{figures}<td>A season counts for the year.</td>" in text
    assert "9 days of tiny" in text
    assert HOSTILE not in text
    file.write_text('{"of": "another version"}')
    assert "What it is worth" not in page(published, tmp_path)


def test_without_a_plan_there_is_no_page(shop, tmp_path):
    with pytest.raises(LookupError, match="no plan is published"):
        page(shop, tmp_path)
    shop.warehouse.publish_copy()
    with pytest.raises(LookupError, match="no plan is published"):
        page(shop, tmp_path)
