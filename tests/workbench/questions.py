"""Sixty questions to an agent about the planned retailer: the tool, the place in its answer, SQL.

Names in braces are filled in with what the plan has. The SQL is asked of the read copy beside the
tools, in which `live` has decisions as they stand.
"""

from typing import NamedTuple


class Question(NamedTuple):
    """A question; its answer is a figure by name, or a cell by table, key and column."""

    words: str
    tool: str
    arguments: dict
    place: tuple
    sql: str


def figure(name):
    return (name,)


def cell(table, column, **key):
    return (table, column, key)


PLANNED = "analysis.planned_actions"
SHORT = "analysis.projected_stock_outs"
PAIR = {"sku": "{sku}", "location": "{location}"}
OF_PAIR = "sku = '{sku}' AND location = '{location}'"
STATUS, DATA, KPIS = ("plan_status", {}), ("data_health", {}), ("kpis", {})
ONE, WHY, POLICY = (
    (tool, {"action_id": "{action}"}) for tool in ("get_action", "explain_action", "check_policy")
)
STOCK = ("get_item_location", PAIR)
CAUSE, RISK = ("root_cause", PAIR), ("supplier_risk", {"supplier": "{supplier}"})
AHEAD = ("get_forecast", PAIR)
MINE = ("list_worklist", {"standing": "waiting", "missing_roles": "buyer"})
BOUGHT = ("list_worklist", {"kind": "purchase_order"})
AT_DC = ("list_worklist", {"destination": "{dc}"})


def ask_cell(words, asked, table, column, sql="", **key):
    """A question about one cell; its SQL is that of table and key unless another is given."""
    holds = " AND ".join(f"{name} = '{value}'" for name, value in key.items())
    schema = "live." if "." not in table else ""
    return Question(
        words,
        *asked,
        cell(table, column, **key),
        sql or f"SELECT {column} FROM {schema}{table} WHERE {holds or 'true'}",
    )


def ask_figure(words, asked, name, sql):
    return Question(words, *asked, figure(name), sql)


_TABLE = f"FROM {SHORT} WHERE"
_LIVE = "FROM live.worklist WHERE"
_CARD = "supply.supplier_scorecard"
_EXPOSED = "supply.supplier_exposure"
_STEP = "SELECT value FROM actions.explanations WHERE action_id = '{action}' AND name ="

QUESTIONS = [
    ask_figure("How many actions wait?", STATUS, "standing waiting: actions",
               f"SELECT count(*) {_LIVE} standing = 'waiting'"),
    ask_figure("What are they worth?", STATUS, "standing waiting: value",
               f"SELECT sum(value) {_LIVE} standing = 'waiting'"),
    ask_figure("What would they gain?", STATUS, "standing waiting: benefit",
               f"SELECT sum(benefit) {_LIVE} standing = 'waiting'"),
    ask_figure("How many item-locations are out?", STATUS, "state out: item-locations",
               f"SELECT count(*) {_TABLE} state = 'out'"),
    ask_figure("What does that lose?", STATUS, "state out: lost_margin",
               f"SELECT sum(lost_margin) {_TABLE} state = 'out'"),
    ask_figure("How many will soon be out?", STATUS, "state about_to_be_out: item-locations",
               f"SELECT count(*) {_TABLE} state = 'about_to_be_out'"),
    ask_figure("What will that lose?", STATUS, "state about_to_be_out: lost_margin",
               f"SELECT sum(lost_margin) {_TABLE} state = 'about_to_be_out'"),
    ask_figure("How many exceptions are open?", STATUS, "open exceptions",
               "SELECT count(*) FROM analysis.open_exceptions"),
    ask_cell("Which version is the plan?", STATUS, "analysis.newest_plan", "plan_version"),
    ask_cell("Which model plans?", STATUS, "analysis.newest_plan", "model_version"),
    ask_figure("How many actions wait for the buyer?", MINE, "actions",
               f"SELECT count(*) {_LIVE} standing = 'waiting' AND missing_roles = 'buyer'"),
    ask_figure("How many units are they?", MINE, "quantity",
               f"SELECT sum(quantity) {_LIVE} missing_roles = 'buyer'"),
    ask_figure("What are the buyer's worth?", MINE, "value",
               f"SELECT sum(value) {_LIVE} missing_roles = 'buyer'"),
    ask_figure("What do the buyer's gain?", MINE, "benefit",
               f"SELECT sum(benefit) {_LIVE} missing_roles = 'buyer'"),
    ask_figure("How many orders are proposed?", BOUGHT, "actions",
               f"SELECT count(*) {_LIVE} kind = 'purchase_order'"),
    ask_figure("How many units are ordered?", BOUGHT, "quantity",
               f"SELECT sum(quantity) {_LIVE} kind = 'purchase_order'"),
    ask_figure("What do they cost?", BOUGHT, "value",
               f"SELECT sum(value) {_LIVE} kind = 'purchase_order'"),
    ask_figure("How many actions go to the DC?", AT_DC, "actions",
               f"SELECT count(*) {_LIVE} destination = '{{dc}}'"),
    ask_figure("What do these gain?", AT_DC, "benefit",
               f"SELECT sum(benefit) {_LIVE} destination = '{{dc}}'"),
    ask_cell("How many units is the dearest action?", ONE, "worklist", "quantity",
             action_id="{action}"),
    ask_cell("What is it worth?", ONE, "worklist", "value", action_id="{action}"),
    ask_cell("What does it gain?", ONE, "worklist", "benefit", action_id="{action}"),
    ask_cell("How sure is that?", ONE, "worklist", "confidence", action_id="{action}"),
    ask_cell("When is it due?", ONE, "worklist", "due_on", action_id="{action}"),
    ask_cell("What does holding cost?", ONE, "worklist", "holding_cost", action_id="{action}"),
    ask_cell("From which supplier?", ONE, "worklist", "supplier", action_id="{action}"),
    Question("How many steps explain it?", *WHY, ("total", "actions.explanations"),
             "SELECT count(*) FROM actions.explanations WHERE action_id = '{action}'"),
    Question("How many units in its last step?", *WHY, ("step", "quantity"), f"{_STEP} 'quantity'"),
    Question("What does a unit cost?", *WHY, ("step", "unit_cost"), f"{_STEP} 'unit_cost'"),
    ask_cell("Whom does policy ask?", POLICY, "routed_now", "missing_roles", action_id="{action}"),
    ask_cell("By which rule?", POLICY, "routed_now", "rule", action_id="{action}"),
    ask_cell("How many people?", POLICY, "routed_now", "least_people", action_id="{action}"),
    ask_cell("What is on hand?", STOCK, "inventory.position", "on_hand", **PAIR),
    ask_cell("What is available?", STOCK, "inventory.position", "available", **PAIR),
    ask_cell("What is on order for it?", STOCK, "inventory.position", "on_order", **PAIR),
    ask_cell("How old is the record?", STOCK, "inventory.position", "record_age_days", **PAIR),
    ask_cell("What is the level?", STOCK, "plans.targets", "order_up_to", **PAIR),
    ask_cell("What is expected until then?", STOCK, "plans.targets", "demand_mean", **PAIR),
    ask_cell("What must the shelf show?", STOCK, "plans.planning_pairs",
             "presentation_min", **PAIR),
    ask_cell("What margin is lost there?", STOCK, SHORT, "lost_margin", **PAIR),
    Question("How does stock close at first?", *STOCK,
             ("first", "plans.projected_stock", "closing"),
             f"SELECT closing FROM plans.projected_stock WHERE {OF_PAIR} ORDER BY day LIMIT 1"),
    Question("What is expected on the first day?", *AHEAD, ("first", "demand.forecast", "mean"),
             f"SELECT mean FROM demand.forecast WHERE {OF_PAIR} ORDER BY date LIMIT 1"),
    Question("With which variance?", *AHEAD, ("first", "demand.forecast", "variance"),
             f"SELECT variance FROM demand.forecast WHERE {OF_PAIR} ORDER BY date LIMIT 1"),
    Question("How many days are forecast?", *AHEAD, ("total", "demand.forecast"),
             f"SELECT count(*) FROM demand.forecast WHERE {OF_PAIR}"),
    ask_cell("Why does it run short?", CAUSE, SHORT, "cause", **PAIR),
    ask_cell("How many units are lost?", CAUSE, SHORT, "lost_units", **PAIR),
    ask_cell("How many days until it is out?", CAUSE, SHORT, "days_until_out", **PAIR),
    ask_cell("How often does the supplier deliver?", RISK, _CARD, "otif", supplier="{supplier}"),
    ask_cell("How many lines are overdue?", RISK, _CARD, "overdue_lines", supplier="{supplier}"),
    ask_cell("How many days does it take?", RISK, _CARD, "lead_time_p90", supplier="{supplier}"),
    ask_cell("How likely is a line late?", RISK, _CARD, "p_late", supplier="{supplier}"),
    ask_cell("How many items rest on it?", RISK, _EXPOSED, "items", supplier="{supplier}"),
    ask_cell("How much margin a day?", RISK, _EXPOSED, "daily_margin", supplier="{supplier}"),
    ask_cell("How many of them would run out?", RISK, _EXPOSED, "exposed_items",
             supplier="{supplier}"),
    ask_cell("What share is out of stock?", KPIS, "analysis.plan_trend", "out_share"),
    ask_cell("What is stock worth?", KPIS, "analysis.plan_trend", "stock_value"),
    ask_cell("What do units on order cost?", KPIS, "analysis.units_by_state", "value",
             state="on_order"),
    ask_cell("How many item-locations sell?", KPIS, "analysis.health_by_cut", "item_locations",
             cut="all"),
    ask_figure("How many checks failed?", DATA, "passed false: checks",
               "SELECT count(*) FROM analysis.checks_made WHERE NOT passed"),
    ask_cell("How far behind are prices?", DATA, "analysis.sources_landed", "days_behind",
             source="prices"),
    ask_figure("How many rows are in quarantine?", DATA, "rows in quarantine",
               "SELECT count(*) FROM analysis.rows_waiting"),
]  # fmt: skip


def fill(value, known):
    """A value with what the plan has in place of what it names."""
    if isinstance(value, dict):
        return {name: fill(one, known) for name, one in value.items()}
    return value.format(**known) if isinstance(value, str) else value


def pick(told, place, known):
    """What an answer says at a place."""
    tables = [*told["tables"]]
    if len(place) == 1:
        return _only(one["value"] for one in told["figures"] if one["name"] == place[0])
    if place[0] == "total":
        return _only(one["total"]["value"] for one in tables if one["table"] == place[1])
    if place[0] == "step":
        steps = _only(one["rows"] for one in tables if one["table"] == "actions.explanations")
        return _only(row["value"] for row in steps if row["name"] == place[1])
    if place[0] == "first":
        return _only(one["rows"] for one in tables if one["table"] == place[1])[0][place[2]]
    table, column, key = place
    rows = _only(one["rows"] for one in tables if one["table"] == table)
    wanted = fill(key, known)
    return _only(row[column] for row in rows if wanted.items() <= row.items())


def _only(found):
    (one,) = found
    return one
