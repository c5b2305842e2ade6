"""What stands behind actions: pages show the plan's tables and lead to the rows behind them."""

import html
import re
import shutil

import polars as pl
import pytest
from client import serving
from hypothesis import given
from hypothesis import strategies as st
from simulated import LAST, PROJECT, warehouse_of

from governance import EVER
from quality_checks.contracts import CONTRACTS
from workbench.outcomes import sum_outcomes
from workbench.pages.models import sum_accuracy, sum_overrides


@pytest.fixture(scope="module")
def served(moving, tmp_path_factory):
    """The workbench over the retailer of which every kind of action is proposed."""
    root = shutil.copytree(moving, tmp_path_factory.mktemp("desks") / "retailer")
    warehouse = warehouse_of(root)
    warehouse.publish_copy()
    warehouse.close()
    with serving(root) as one:
        yield one


@pytest.fixture(scope="module")
def ann(served):
    return served.sign_on("Ann", "planner")


@pytest.fixture(scope="module")
def tables(moving):
    """Reads a table of the plan from the warehouse itself."""
    warehouse = warehouse_of(moving)
    return lambda name: warehouse.read(CONTRACTS[name], LAST)


def count_rows(page):
    return int(page.find(r"<strong>([\d,]+)</strong> (?:actions|rows)").replace(",", ""))


def read_rows(page, title):
    """Cells of the table that follows a heading."""
    body = page.find(rf"(?s)<h2>{re.escape(title)}</h2>.*?<tbody>(.*?)</tbody>")
    return [
        [html.unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in re.split("</t[dh]>", row)]
        for row in body.split("</tr>")[:-1]
    ]


def test_a_supplier_has_scorecard_open_lines_and_what_is_proposed(ann, tables):
    risks, proposals = tables("order_risks"), tables("proposals")
    listed = ann.get("/lists/suppliers?size=500")
    at_risk = risks["margin_at_risk_together"].sum()
    assert f"margin at risk {at_risk:,.2f}" in listed.text
    supplier = risks.drop_nulls("margin_at_risk_together").sort("margin_at_risk_together")[
        "supplier"
    ][-1]
    assert f'href="/suppliers/{supplier}"' in listed.text
    page = ann.get(f"/suppliers/{supplier}")
    own = risks.filter(supplier=supplier)
    assert f'href="/lists/supplier-lines?supplier={supplier}">{own.height:,}</a>' in page.text
    assert count_rows(ann.get(f"/lists/supplier-lines?supplier={supplier}")) == own.height
    otif = tables("scorecard_figures").filter(supplier=supplier, figure="otif")["overall"][0]
    figures = {row[0]: row[1] for row in read_rows(page, "How it delivers")}
    assert figures["on time in full"] == f"{100 * otif:.1f} %"
    counted = dict(proposals.filter(supplier=supplier).group_by("kind").len().iter_rows())
    shown = {row[0]: int(row[1]) for row in read_rows(page, "Proposed to it tonight")}
    assert shown == {kind.replace("_", " "): number for kind, number in counted.items()}
    dearest = page.find(r"(?s)<h3>Worth most first</h3>.*?<tbody>(.*?)</tbody>")
    gains = [float(one.replace(",", "")) for one in re.findall(r'class="n">([-\d,.]+)<', dearest)]
    own = proposals.filter(supplier=supplier)["benefit"].sort(descending=True).head(15)
    assert gains == [pytest.approx(gain, abs=0.005) for gain in own]


def test_a_supplier_that_is_not_there_is_said(ann):
    page = ann.get("/suppliers/nobody")
    assert (page.status, "There is no supplier nobody" in page.text) == (404, True)
    # A key is what masters say, strokes too.
    assert "There is no supplier no/body" in ann.get("/suppliers/no%2Fbody").text
    assert "line 3 of order a/b" in ann.get("/orders/a%2Fb/3").text


def test_trips_are_drawn_and_lead_to_their_lines(ann, tables):
    trips, lines = tables("transfer_trips"), tables("transfers_plan")
    page = ann.get("/transfers")
    stated = tables("proposals").filter(kind="transfer")["benefit"].sum()
    assert f"benefit {stated:,.2f}" in page.text
    assert page.text.count('class="trip"') == trips.height > 0
    for address in page.find_all(r'<a href="(/worklist\?kind=transfer&amp;origin=[^"]+)"'):
        ends = re.search(r"origin=(\w+)&destination=(\w+)", address)
        of_trip = lines.filter(origin=ends[1], destination=ends[2])
        assert count_rows(ann.get(address)) == of_trip.height > 0


def test_limits_say_what_one_more_is_worth(ann, tables):
    own, orders = tables("limit_prices"), tables("order_limit_prices")
    priced = sorted((*own["price"], *orders["price"].drop_nulls()), reverse=True)
    dearest = [price for price in priced if price > 0][:20]
    page = ann.get("/allocation")
    said = page.find_all(r"<li>(One more .*?)</li>")
    assert dearest
    assert [float(re.search(r"<strong>([\d.,]+) ", one)[1].replace(",", "")) for one in said] == [
        pytest.approx(price, abs=0.005) for price in dearest
    ]
    assert count_rows(ann.get("/lists/limits")) == own.height + orders.height
    rows = read_rows(page, "Item-locations that get nothing")
    reasons = {row[0]: int(row[1].replace(",", "")) for row in rows}
    unserved = tables("unserved")
    assert sum(reasons.values()) == unserved.height
    for reason in unserved["reason"].unique():
        of_reason = unserved.filter(reason=reason).height
        assert reasons[reason.replace("_", " ")] == of_reason
        assert count_rows(ann.get(f"/lists/unserved?reason={reason}")) == of_reason


def test_markdowns_show_step_hold_and_move_with_their_values(ann, tables):
    options = tables("markdown_options")
    assert options.height > 0
    page = ann.get("/markdowns")
    rows = {row[0]: row for row in read_rows(page, "Step, hold or move")}
    pairs = options.select("sku", "zone").unique()
    assert len(page.find_all(r'<th scope="row"><a href="(/markdowns/[^"]+)"')) >= pairs.height
    one = options.filter(verdict="chosen").sort("sku", "zone").row(0, named=True)
    same = options.filter(sku=one["sku"], zone=one["zone"])
    (row,) = [row for row in rows.values() if f"{one['worth']:,.2f}" in row]
    assert one["option"].replace("_", " ") in row
    for option, place in (("hold", 5), ("markdown", 6), ("planned", 8), ("transfer", 9)):
        best = same.filter(option=option)["worth"].max()
        assert row[place] == ("–" if best is None else f"{best:,.2f}"), option  # noqa: RUF001
    weighed = ann.get(f"/markdowns/{one['sku']}?zone={one['zone']}")
    assert len(read_rows(weighed, "What was weighed")) == same.height
    assert ann.get(f"/markdowns/{one['sku']}?zone=nowhere").status == 404


def test_an_order_line_shows_each_node_with_each_term_of_its_cost(ann, tables):
    decided, options = tables("order_decisions"), tables("sourcing_options")
    page = ann.get("/orders")
    shown = sum(int(row[2]) for row in read_rows(page, "What becomes of open lines"))
    assert shown == decided.height > 0
    line = options.filter(verdict="chosen").sort("order_id", "line").row(0, named=True)
    page = ann.get(f"/orders/{line['order_id']}/{line['line']}")
    own = options.filter(order_id=line["order_id"], line=line["line"])
    nodes = read_rows(page, "Nodes considered")
    assert len(nodes) == own.height
    assert nodes[0][1] == "chosen"
    assert line["location"] in nodes[0][0]
    terms = [float(cell) for cell in nodes[0][5:13]]
    assert nodes[0][13] == f"{line['cost']:,.2f}"
    assert sum(terms[:-1]) - terms[-1] == pytest.approx(line["cost"], abs=0.05)
    assert ann.get("/orders/none/1").status == 404


def test_model_health_says_which_model_plans(ann, tables):
    page = ann.get("/model-health")
    assert "The fallback forecasts" in page.text
    trials = {row[0]: row[1:3] for row in read_rows(page, "Do stated chances hold?")}
    for trial in tables("delay_trials").to_dicts():
        told = trials[trial["record"].replace("_", " ")]
        assert [int(cell.replace(",", "")) for cell in told] == [trial["lines"], trial["late"]]


ACCURACY = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["shirts", "socks"]),
        "lead_days": st.integers(1, 35),
        "pairs": st.integers(1, 9),
        **{
            name: st.integers(0, 40).map(float)
            for name in ("actual", "forecast", "absolute_error", "naive_error")
        },
        "covered_80": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    }
)


@given(st.lists(ACCURACY, min_size=1, max_size=12))
def test_forecasts_are_summed_by_category_and_days_ahead(rows):
    found = {(row["category"], row["lead"]): row for row in sum_accuracy(pl.DataFrame(rows))}
    expected = {}
    for row in rows:
        lead = next(
            (f"{a} to {b}" for a, b in ((1, 7), (8, 14), (15, 28)) if a <= row["lead_days"] <= b),
            None,
        )
        if lead is not None:
            expected.setdefault((row["category"], lead), []).append(row)
    assert found.keys() == expected.keys()
    for key, some in expected.items():
        sold, pairs = sum(row["actual"] for row in some), sum(row["pairs"] for row in some)
        told = found[key]
        assert told["actual"] == sold
        covered = sum(row["covered_80"] * row["pairs"] for row in some) / pairs
        assert told["covered"] == pytest.approx(covered)
        for name, column in (("wape", "absolute_error"), ("naive", "naive_error")):
            share = sum(row[column] for row in some) / sold if sold else None
            assert told[name] == (None if share is None else pytest.approx(share))
        bias = sum(row["forecast"] for row in some) / sold - 1 if sold else None
        assert told["bias"] == (None if bias is None else pytest.approx(bias))


def test_what_people_changed_is_summed_over_dates():
    rows = pl.DataFrame(
        {
            "business_date": [LAST, LAST.replace(day=1), LAST],
            "kind": ["allocation", "allocation", "purchase_order"],
            "override_code": ["too_much", "too_much", ""],
            "actions": [1, 2, 4],
            "proposed": [10, 20, 40],
            "instead": [5, 0, 41],
            "value_change": [-5.0, -20.0, 1.0],
            "currency": ["EUR", "EUR", "EUR"],
        }
    )
    assert [(*row.values(),) for row in sum_overrides(rows)] == [
        ("allocation", "too_much", "EUR", 3, 30, 5, -25.0),
        ("purchase_order", "", "EUR", 4, 40, 41, 1.0),
    ]


def test_the_trail_has_each_decision_and_its_whole_chain_is_counted_through(bench):
    ann = bench.sign_on("Ann", "buyer")
    ann.get("/worklist?standing=waiting&missing_roles=buyer")
    action_id = ann.page.find(r'name="selected" value="(\w+):')
    ann.get(f"/actions/{action_id}")
    fields = {
        name: ann.page.find(rf'name="{name}" value="([^"]*)"')
        for name in ("plan_words", "key", "read")
    }
    reason = 'so <b>"it"</b> is'
    ann.post(
        f"/actions/{action_id}/decisions",
        {**fields, "decision": "comment", "role": "buyer", "reason": reason},
    )
    page = ann.get("/audit?kind=decision_recorded")
    assert page.find(r"<td>(Ann)</td>")
    assert reason in html.unescape(page.text)
    assert reason not in page.text
    assert f'href="/actions/{action_id}"' in page.text
    assert "No event fits" in ann.get("/audit?text=nothing+has+this").text
    assert f'href="/actions/{action_id}"' in ann.get("/audit?text=B>%22IT%22").text
    assert ann.get(f"/audit?before={10**20}").status == 422
    ann.get("/audit")
    assert "The chain is whole" in ann.post("/audit/verification", {}).text
    store = bench.premises.store
    with store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE audit_events SET payload = replace(payload, 'Ann', 'Eve') "
            "WHERE kind = 'decision_recorded'"
        )
    ann.get("/audit")
    assert "The chain is not whole" in ann.post("/audit/verification", {}).text


def test_older_events_come_page_by_page(bench):
    store = bench.premises.store
    before = store.head().sequence
    at = bench.office.clock()
    store.append_events("tried", [{"number": number} for number in range(120)], at)
    ann = bench.sign_on("Ann", "planner")
    found, address = [], "/audit?kind=tried"
    while address:
        page = ann.get(address)
        found += page.find_all(r'<td class="n" title="\w+">([\d,]+)</td>')
        following = page.find_all(r'rel="next" href="([^"]+)"')
        address = following[0] if following else ""
    assert [int(number.replace(",", "")) for number in found] == [*range(before + 120, before, -1)]


def test_a_changed_policy_is_tried_and_nothing_changes(served, ann, tables):
    store = served.premises.store
    before = store.head()
    page = ann.get("/settings")
    text = page.find(r"(?s)<textarea[^>]*>(.*?)</textarea>")
    assert text == (PROJECT / "data" / "policies" / "actions.yaml").read_text()
    proposals, routed = tables("proposals"), tables("routed")
    stops = re.sub(
        r"rules:\n",
        "rules:\n  - name: none_at_all\n    when: {quantity_above: 0}\n    route: blocked\n",
        text,
        count=1,
    )
    page = ann.post("/settings/dry-run", {"text": stops, "days": "3"})
    rows = read_rows(page, "Try a changed action policy")
    assert {row[2] for row in rows} == {"blocked"}
    assert sum(int(row[3].replace(",", "")) for row in rows) == proposals.height
    went = dict(routed.group_by("route").len().iter_rows())
    for route, number in went.items():
        assert sum(int(row[3].replace(",", "")) for row in rows if row[1] == route) == number
    assert store.head() == before
    assert store.decisions(EVER).height == 0
    again = ann.get("/settings").find(r"(?s)<textarea[^>]*>(.*?)</textarea>")
    assert again == text


def test_a_policy_that_is_none_is_said_with_its_line(ann):
    ann.get("/settings")
    page = ann.post("/settings/dry-run", {"text": "rules:\n  - nonsense: <b>1</b>\n"})
    assert page.status == 400
    assert "actions.yaml, line" in page.text
    assert "<b>1</b>" not in page.text


LEFT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["allocation", "transfer", "purchase_order"]),
        **{
            name: st.integers(0, 9)
            for name in ("lines", "answered", "refused", "units", "shown_units")
        },
    }
)
KEPT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["allocation", "transfer"]),
        "judged": st.integers(0, 3),
        **{
            name: st.integers(0, 9).map(float)
            for name in ("promised", "realised", "realised_error")
        },
    }
)


@given(st.lists(LEFT, min_size=1, max_size=8), st.lists(KEPT, min_size=1, max_size=8))
def test_outcomes_are_summed_by_kind_and_missing_where_nothing_can_be_judged(left, kept):
    told = {row["kind"]: row for row in sum_outcomes(pl.DataFrame(left), pl.DataFrame(kept))}
    assert told.keys() == {row["kind"] for row in left}
    for kind, row in told.items():
        own = [one for one in left if one["kind"] == kind]
        for name in ("lines", "answered", "refused", "units", "shown_units"):
            assert row[name] == sum(one[name] for one in own)
        judged = [one for one in kept if one["kind"] == kind and one["judged"]]
        for name in ("promised", "realised"):
            expected = sum(one[name] for one in judged) if judged else None
            assert row[name] == expected
        error = sum(one["realised_error"] ** 2 for one in judged) ** 0.5
        assert row["error"] == (pytest.approx(error) if judged else None)


def test_home_says_what_left_beside_what_documents_show(ann, tables):
    page = ann.get("/")
    assert "No plan of an earlier date is known." in page.text
    rows = {row[0]: row for row in read_rows(page, "Promised, implemented, realised")}
    exported = tables("export_lines")
    assert exported.height > 0
    for kind, number in exported.group_by("kind").len().iter_rows():
        row = rows[kind.replace("_", " ")]
        assert (int(row[1].replace(",", "")), row[6]) == (number, "–")  # noqa: RUF001
