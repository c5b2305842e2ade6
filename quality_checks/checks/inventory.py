"""Checks of the inventory model: is the stock known and young, and do the books agree."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

ANSWERS_KNOWN = Check(
    "answers_known",
    "Every acknowledgement answers a line that was exported to its system.",
    remedy="Have the ERP send the idempotency key of the line, as it is in the batch.",
)
CANCELS_ACCEPTED = Check(
    "cancels_accepted",
    "The ERP cancels every line that was called back, in full.",
    remedy="Ask the ERP why: what it did not cancel is on its way as before, and a later plan "
    "proposes to change its order.",
)
LINES_ANSWERED = Check(
    "lines_answered",
    "Every exported line that still counts is answered, or shown by a document, in time, and every "
    "cancel line.",
    remedy="Have the ERP load the batch and answer: until then its units count as on their way. "
    "What it dropped it acknowledges as rejected.",
)
STOCK_KNOWN = Check("stock_known", "Every pair has a stock record.")
STOCK_SURE = Check(
    "stock_sure",
    "No pair's newest stock record is below zero, waits in quarantine or does not follow a count.",
    remedy="Correct the rows and send the file again, book the count or count anew; until then "
    "these pairs count as doubtful.",
)
STOCK_YOUNG = Check(
    "stock_young",
    "No location's stock is older than policy tolerates.",
    remedy="Have their stock sent; until then it is the last record and what moved since.",
)
ALL_PLANNED = Check(
    "all_planned",
    "No location is left out of the plan for its feeds.",
    remedy="Mend the feed of these locations and plan again; the others are planned meanwhile.",
)
PAIRS_PLANNED = Check(
    "pairs_planned",
    "No item-location is left out of the plan for its own books.",
    remedy="Send the movements that lack, or correct the record, and plan again: from the "
    "location's next record on it is planned as that says. The others of its location are planned.",
)
MOVES_BOOKED = Check(
    "moves_booked",
    "No DC pauses in booking receipts or transfers for longer than it used to, and policy allows.",
    remedy="Have them sent; until then what has come counts as on its way, and what left as here.",
)
MASTERS_AGREE = Check(
    "masters_agree",
    "No master contradicts another or what sold: days open, launches, exits, barcodes, keys, "
    "suppliers, shelf lives.",
    remedy="Correct the masters; until then what sold decides, as `problem` says.",
)
BALANCED = Check("balanced", "Every change of the stock record is explained by movements.")
BOOKS_HOLD = Check(
    "books_hold",
    "Unexplained units are at most a fifth of the units that moved at locations whose own books "
    "hold, which are half of them or more.",
    blocking=True,
    remedy="Send the stock extract or the movements that lack again, then plan again.",
)
SALES_KNOWN = Check(
    "sales_known",
    "Every location that should have been open sent sales.",
    remedy="Send the sales of these locations; until then the day is unknown there, not zero.",
)
SOLD_ONCE = Check(
    "sold_once",
    "No location's sales of a day came twice under other receipt numbers.",
    remedy="Have the file sent again without the second ones. What is proven counts once and waits "
    "in quarantine; what is likely only counts twice until then.",
)
STILL_COMING = Check("still_coming", "No document is so overdue that its goods may never come.")
DOCUMENTS_AGREE = Check(
    "documents_agree", "No open document contradicts receipts, other documents or its own dates."
)
SUPPLIERS_UNDISTURBED = Check(
    "suppliers_undisturbed",
    "No event of the last four weeks touches a supplier that owes goods, or its origin.",
    remedy="Ask when their goods come; a closure stated in `suppliers` moves what has not shipped.",
)

_MOST_UNEXPLAINED = 0.2
_MOST_OF_A_LOCATION = 0.5
_LEAST_OF_A_LOCATION = 10
"""Unexplained units from which on the books of a location fail: half of what moved there, and more
than slips at the till; few units move at a place, so that a fifth would be chance."""
_PAIRS_APART = 10
_LEAST_BALANCED = 3
"""Where without a pair, or without one of ten, the books of the rest hold and so many of them
balance, the fault is theirs and not that of the location's feed."""
_LOCATIONS_NAMED = 10
_MOVES = ("sales", "returns", "receipts", "transfers_in", "transfers_out", "adjustments")
_DOUBTFUL = 0.5
"""A line of a document whose chance to come is below this is named."""


def judge_position(position: pl.DataFrame, unsure: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `Position` rows; `unsure` has pairs whose newest record cannot be relied on."""
    unknown = position.filter(pl.col("recorded").is_null()).select("sku", "location")
    return [
        STOCK_KNOWN.found(unknown, f"{len(unknown)} pairs never had a stock record"),
        STOCK_SURE.found(
            unsure,
            f"{unsure.select('sku', 'location').n_unique()} pairs have a newest stock record that "
            "is below zero, could not be read or does not follow a count",
        ),
    ]


def judge_receipts(receipts: pl.DataFrame, contradicting: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `ReceiptsAhead` rows; `contradicting` has documents and their problem."""
    named = ["document_kind", "document", "line", "sku", "location", "supplier", "stated_on"]
    doubtful = receipts.filter(pl.col("chance") < _DOUBTFUL).select(
        *named, "overdue_days", "chance", "units", "expected_units"
    )
    units = int((doubtful["units"] - doubtful["expected_units"]).sum())
    return [
        STILL_COMING.found(
            doubtful, f"{len(doubtful)} lines long overdue: {units} of their units do not count"
        ),
        DOCUMENTS_AGREE.found(contradicting, f"{len(contradicting)} lines contradict"),
    ]


def judge_troubles(troubled: pl.DataFrame) -> Outcome:
    """Outcome for the suppliers that an event touches, a row each, with what is to come of them."""
    names = ", ".join(troubled["supplier"].unique(maintain_order=True))
    units = troubled.unique("supplier", maintain_order=True)["open_units"].sum()
    return SUPPLIERS_UNDISTURBED.found(troubled, f"events touch {names}: {units} units are to come")


def judge_unanswered(
    lines: pl.DataFrame,
    cancels: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    as_of: date,
    answer_days: int | None,
) -> Outcome:
    """Outcome for exported lines that nobody has answered for longer than policy allows.

    Args:
        lines: `ExportLines` rows that no document shows yet, with the status of their answer.
        cancels: `CancelLines` rows of which an answer still matters.
        acknowledgements: every `Acknowledgements` row.
        as_of: business date.
        answer_days: days of policy; None where nothing is chased.
    """
    age = (pl.lit(as_of) - pl.col("business_date")).dt.total_days()
    late = (age > pl.lit(answer_days)).fill_null(value=False)
    shown = ["business_date", "batch", "idempotency_key", "kind", "sku", "destination", "quantity"]
    asked = _find_unsettled(cancels, acknowledgements)
    every = pl.concat(part.select(*shown, "due_on", "status") for part in (lines, asked))
    failing = every.filter(late, status="waiting").drop("status")
    return LINES_ANSWERED.found(failing, f"{len(failing)} exported lines wait for an answer")


def judge_cancels(cancels: pl.DataFrame, acknowledgements: pl.DataFrame, as_of: date) -> Outcome:
    """Outcome for lines called back that the ERP leaves, until they are due.

    Args:
        cancels: `CancelLines` rows of which an answer still matters.
        acknowledgements: every `Acknowledgements` row.
        as_of: business date.
    """
    unsettled = _find_unsettled(cancels, acknowledgements)
    refused = unsettled.filter(pl.col("status") != "waiting", pl.col("due_on") >= as_of)
    shown = ["idempotency_key", "cancels", "action_id", "kind", "sku", "destination", "due_on"]
    failing = refused.select(*shown, "quantity", "status", "erp_quantity", "message")
    return CANCELS_ACCEPTED.found(failing, f"the ERP leaves {len(failing)} lines called back")


def _find_unsettled(cancels: pl.DataFrame, acknowledgements: pl.DataFrame) -> pl.DataFrame:
    """Cancel lines that the ERP has not accepted, with what it says; waiting where it is silent."""
    said = acknowledgements.select("idempotency_key", "status", "message", erp_quantity="quantity")
    return (
        cancels.join(said, on="idempotency_key", how="left", maintain_order="left")
        .with_columns(pl.col("status").fill_null("waiting"))
        .filter(pl.col("status") != "accepted")
    )


def judge_answers_known(
    acknowledgements: pl.DataFrame,
    export_lines: pl.DataFrame,
    cancel_lines: pl.DataFrame,
    addressees: Mapping[str, str],
) -> Outcome:
    """Outcome for answers to what never left, or of a system that the line was not for.

    Args:
        acknowledgements: every `Acknowledgements` row.
        export_lines: every `ExportLines` row.
        cancel_lines: every `CancelLines` row.
        addressees: kind of action -> system that acts on it.
    """
    keyed = pl.concat(
        part.select("idempotency_key", "kind") for part in (export_lines, cancel_lines)
    )
    acting = pl.col("kind").replace_strict(dict(addressees), default=None, return_dtype=pl.String)
    foreign = (
        acknowledgements.join(keyed, on="idempotency_key")
        .filter(pl.col("system") != acting)
        .with_columns(
            problem=pl.format("The line was for the {}, not for the {}.", acting, "system")
        )
    )
    unknown = acknowledgements.join(export_lines, on="idempotency_key", how="anti").join(
        cancel_lines, on="idempotency_key", how="anti"
    )
    by_action = pl.col("idempotency_key").is_in(export_lines["action_id"].implode())
    problem = (
        pl.when(by_action)
        .then(pl.lit("It names the action; answers name the line's idempotency key."))
        .otherwise(pl.lit("No line was exported under this key."))
    )
    shown = ["idempotency_key", "batch", "status", "erp_document", "acknowledged_on", "problem"]
    failing = pl.concat(
        part.select(shown) for part in (unknown.with_columns(problem=problem), foreign)
    )
    return ANSWERS_KNOWN.found(
        failing, f"{len(failing)} acknowledgements answer nothing that their system was sent"
    )


def judge_feeds(feeds: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `Feeds` rows."""
    behind = feeds.filter(pl.col("state").is_in(["late", "stopped"]))
    # Stock of today whose books fail is not old.
    old = behind.filter(pl.col("source") == "stock", pl.col("age_days") > 0)
    stopped = behind.filter(state="stopped")
    silent = behind.filter(pl.col("source").is_in(["receipts", "transfers"]))
    return [
        STOCK_YOUNG.found(old, f"stock is not of today at {_list_locations(old)}"),
        ALL_PLANNED.found(stopped, f"left out of the plan: {_list_locations(stopped)}"),
        MOVES_BOOKED.found(silent, f"nothing booked lately at {_list_locations(silent)}"),
    ]


def find_unbalanced(balance: pl.DataFrame) -> pl.DataFrame:
    """Find the pairs whose own break is why the books of their location do not hold.

    They are the fewest without which the books of a location hold: one of its pairs, or up to a
    tenth of them, where others balance. Where more would have to go, its feed is at fault.

    Args:
        balance: `BookBalance` rows.

    Returns:
        `UnbalancedPairs` rows without their business date.
    """
    pairs = balance.with_columns(
        moved=pl.sum_horizontal(pl.col(name).abs() for name in _MOVES),
        off=pl.col("discrepancy").abs(),
    ).sort("location", pl.col("off"), "sku", descending=[False, True, False])
    pairs = pairs.with_columns(turn=pl.int_range(pl.len()).over("location") + 1)
    rest = {
        name: pl.col(name).sum().over("location") - pl.col(name).cum_sum().over("location")
        for name in ("off", "moved")
    }
    balanced = (pl.col("off") == 0).sum().over("location")
    apart = pl.max_horizontal(1, pl.len().over("location") // _PAIRS_APART)
    enough = _books_hold(rest["off"], rest["moved"]) & (balanced >= _LEAST_BALANCED)
    least = (
        pairs.filter(enough & (pl.col("turn") <= apart))
        .group_by("location", maintain_order=True)
        .agg(least=pl.col("turn").min())
    )
    failing = ~_books_hold(pl.col("off").sum(), pl.col("moved").sum()).over("location")
    return (
        pairs.filter(failing)
        .join(least, on="location")
        .filter(pl.col("turn") <= pl.col("least"))
        .select("region", "sku", "location", "moved", "discrepancy", "discrepancy_value")
        .sort("sku", "location")
    )


def sum_books(balance: pl.DataFrame) -> pl.DataFrame:
    """Sum the books by location: location, moved, unexplained (units), and whether they hold.

    Pairs that `find_unbalanced` finds are left out: they are set aside, and not their location.
    """
    pairs = ["sku", "location"]
    rest = balance.join(find_unbalanced(balance), on=pairs, how="anti", maintain_order="left")
    return (
        rest.group_by("location", maintain_order=True)
        .agg(
            moved=pl.sum_horizontal(pl.col(name).abs().sum() for name in _MOVES),
            unexplained=pl.col("discrepancy").abs().sum(),
        )
        .with_columns(hold=_books_hold(pl.col("unexplained"), pl.col("moved")))
        .sort("location")
    )


def _books_hold(unexplained: pl.Expr, moved: pl.Expr) -> pl.Expr:
    """Whether so many unexplained units are few, beside those that moved."""
    fails = unexplained > _MOST_OF_A_LOCATION * moved
    return ~(fails & (unexplained >= _LEAST_OF_A_LOCATION))


def judge_unbalanced(pairs: pl.DataFrame) -> Outcome:
    """Outcome for `UnbalancedPairs` rows."""
    units = int(pairs["discrepancy"].abs().sum())
    return PAIRS_PLANNED.found(
        pairs, f"{len(pairs)} pairs are left out: {units} units of theirs are unexplained"
    )


def judge_balance(balance: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `BookBalance` rows."""
    off = balance.filter(pl.col("discrepancy") != 0).sort(
        pl.col("discrepancy_value").abs(), "sku", "location", descending=[True, False, False]
    )
    books = sum_books(balance)
    rest = books.filter("hold")
    moved, unexplained = int(rest["moved"].sum()), int(rest["unexplained"].sum())
    in_all = int(off["discrepancy"].abs().sum())
    # Where most locations fail, the extract is at fault, or what moved never came.
    broken = 2 * len(rest) < len(books) or unexplained > _MOST_UNEXPLAINED * max(moved, 1)
    failing = books.filter(~pl.col("hold"))
    where = f", of {_list_locations(failing)} most" if len(failing) else ""
    return [
        BALANCED.found(off, f"{len(off)} pairs do not balance, {in_all} units in all"),
        BOOKS_HOLD.found(
            off if broken else off.clear(),
            f"{in_all} units unexplained against {int(books['moved'].sum())} moved{where}",
        ),
    ]


def _list_locations(rows: pl.DataFrame) -> str:
    """The locations of some rows, the first few by name."""
    named = rows["location"].unique().sort().to_list()
    more = len(named) - _LOCATIONS_NAMED
    return ", ".join(named[:_LOCATIONS_NAMED]) + (f" and {more} more" if more > 0 else "")


def judge_masters(dates: pl.DataFrame, contradicting: pl.DataFrame) -> list[Outcome]:
    """Outcome for `DatesInForce` rows; `contradicting` has other masters (kind, code, problem)."""
    found = pl.concat([dates.drop("business_date", strict=False), contradicting], how="diagonal")
    return [MASTERS_AGREE.found(found, f"{len(found)} masters contradict others or what sold")]


def judge_trading(trading: pl.DataFrame, repeated: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `TradingDays` rows of the business date, and for days whose lines came twice."""
    missing = trading.filter(pl.col("status") == "missing").select("region", "location", "status")
    return [
        SALES_KNOWN.found(
            missing, f"unknown, since no sales of the day came: {_list_locations(missing)}"
        ),
        SOLD_ONCE.found(repeated, _describe_repeated(repeated)),
    ]


def _describe_repeated(repeated: pl.DataFrame) -> str:
    """Where lines came twice, those that count once and those that do not."""
    told = {
        "lines stand under two receipt numbers": repeated.filter(~pl.col("counts_once")),
        "lines came again under other receipt numbers and count once": repeated.filter(
            "counts_once"
        ),
    }
    return "; ".join(
        f"{words}: {_list_locations(rows)}" for words, rows in told.items() if len(rows)
    )
