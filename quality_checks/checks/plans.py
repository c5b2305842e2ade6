"""Checks of plans, actions and exports."""

from collections.abc import Collection, Sequence

import polars as pl

from quality_checks.checks.outcome import Check, Outcome
from quality_checks.contracts import WORTH_OF_REJECTED, PlanProblems, find_frame

_MORE_THAN_VALUE = ("price_break", "service_floor", "supplier_minimum", "supplier_minimum_value")
"""Reasons of orders that ask for more than units are worth each by themselves."""

_PRICED_TOGETHER = ("markdown", "markdown_deferral")

_ROUNDED_MONEY = 0.02
"""Currency by which whole cents of several terms may differ."""
_ROUNDED_PRICE = 0.00005
"""What a price may lose where a document prints it with 4 decimals."""

_UNIT_OFF = 1e-6
"""Part of a unit by which sums of fractions may differ."""

FEASIBLE = Check(
    "feasible",
    "No constraint is broken; recomputed from the plan and its inputs alone.",
    blocking=True,
)
NOT_PROMISED_TWICE = Check(
    "not_promised_twice",
    "No unit and no dock is promised twice: to the allocation, a transfer or a customer's line.",
    blocking=True,
)
ORDERED = Check(
    "ordered",
    "Every node below its level that suppliers feed is ordered for, or nothing is worth ordering.",
    remedy="Send terms that hold, or agree a smaller minimum; `reason` says which.",
)
POLICIES_IN_FORCE = Check(
    "policies_in_force",
    "Every policy file is valid, and every region of one exists; what a file at fault said when it "
    "last was valid stays in force.",
    remedy="Mend the file at the line that is named; `plenish policy check` says when it is right.",
)
PLANNED = Check("planned", "Every pair that should be planned could be.")
SEASONS_PRICED = Check(
    "seasons_priced",
    "Of every item at the end of its season, or in surplus, a price could be planned.",
    remedy="`problem` says what is not known: send its price, or its stock.",
)
PRICES_SOUND = Check(
    "prices_sound",
    "Prices are what documents announce and customers pay: none is missing, below cost, without "
    "end, or other than receipts say.",
)
LEFT_STOCK_GONE = Check(
    "left_stock_gone",
    "No stock is left of items that have left the range: it counts as salvage, and no plan moves "
    "it.",
    remedy="Sell it off, return it or write it off, or correct the exit; `salvage_value` says what "
    "it is taken to be worth.",
)
ONE_CURRENCY = Check(
    "one_currency", "Every supplier's terms are in the currency of the item; others are left out."
)
BREAKS_FALL = Check(
    "breaks_fall",
    "Every price break asks less for a unit than fewer units cost; one that does not is set aside.",
    remedy="Have the supplier's price list corrected; the row says what fewer units cost.",
)
COVER_REASONABLE = Check(
    "cover_reasonable",
    "No order leaves more than `most_cover_days` of policy beyond the day on which the goods of "
    "the next one are there, unless a minimum, a price break or a floor asks for it.",
    remedy="Look at what a unit left over costs, and at the demand that is expected.",
)
ANSWERED = Check(
    "answered",
    "Every item-location that runs short has goods coming, goods planned, or a reason why not.",
)
CHANGES_ADD_UP = Check(
    "changes_add_up",
    "The changes lead from the plan before to this one, and each from its causes to its units.",
)
BEST_CHOSEN = Check(
    "best_chosen",
    "No action loses money or is worth less than the alternative that it names, beyond what its "
    "`forced_cost` says or a budget that it shares takes.",
)
ROUTED_ONCE = Check("routed_once", "Every proposal is routed exactly once.", blocking=True)
DECISIONS_COUNT = Check(
    "decisions_count",
    "Every decision that came as a file is of an action that was proposed, by a role that may "
    "decide it, complete, and no approval of one person in a second role.",
    remedy="Have the decision sent again under an id of its own; `problem` says what is wrong.",
)
APPROVED_ONLY = Check(
    "approved_only", "Every exported line is an approved action, in its quantity.", blocking=True
)
BATCHES_WHOLE = Check(
    "batches_whole", "Every batch on disk agrees with its manifest.", blocking=True
)

RECALLED_ONLY = Check(
    "recalled_only",
    "Every cancel line is of a line that was handed out and that somebody has called back.",
    blocking=True,
    remedy="`plenish audit verify` says whether the batch is the one that was recorded; have the "
    "ERP leave the line as it is.",
)

AUDIT_PUBLISHED = Check(
    "audit_published",
    "The audit chain holds every signed head that was published, and its newest head is published.",
    remedy="`plenish audit verify` says which events are gone or rewritten, or why the place of "
    "heads cannot be written.",
)
DOCUMENTS_ADD_UP = Check(
    "documents_add_up",
    "Documents for an ERP have each exported order, allocation and transfer once, its value, and "
    "totals that follow from the printed prices.",
)
DOCUMENTS_REACH_MINIMUM = Check(
    "documents_reach_minimum",
    "What is approved of every order reaches the least value at which its supplier takes it.",
    remedy="Approve more lines of the order, or reject those that wait: it leaves as soon as its "
    "approved lines are worth the least value.",
)


def judge_rejected(proposals: pl.DataFrame) -> Outcome:
    """Outcome for `Proposals` rows that lose money, or of which another quantity is worth more.

    Items that have one price may gain together. Of an action that has left in part the alternative
    is to the whole: it is not compared.
    """
    worth = pl.col("rejected").str.extract(WORTH_OF_REJECTED).cast(pl.Float64)
    allowed = pl.col("benefit") + pl.col("forced_cost")
    document = pl.col("details").str.json_path_match("$.document")
    priced = pl.when(pl.col("kind").is_in(_PRICED_TOGETHER)).then(document)
    gained = allowed.sum().over(pl.coalesce(priced, "action_id"))
    whole = ~pl.col("reason_codes").str.contains("part_has_left", literal=True)
    better = whole & (pl.col("binding") != "department_budget") & (worth > allowed + _ROUNDED_MONEY)
    problem = (
        pl.when(gained < -_ROUNDED_MONEY)
        .then(pl.lit("loses"))
        .when(better)
        .then(pl.lit("better_alternative"))
    )
    told = proposals.select(
        *("action_id", "kind", "benefit", "forced_cost", "rejected", "binding"), problem=problem
    )
    found = told.filter(pl.col("problem").is_not_null())
    return BEST_CHOSEN.found(found, f"{len(found)} actions are not the best that could be done")


def judge_documents(
    lines: pl.DataFrame, orders: pl.DataFrame, trips: pl.DataFrame, cancels: pl.DataFrame
) -> Outcome:
    """Outcome for documents against the `ExportLines` that they are made of.

    What calls a line back names the document that had it. In its unit of measure a line is as many
    units as have left.
    A price of more decimals than a document prints may be off by what rounding it takes away.
    """
    price, units = pl.col("unit_price").cast(pl.Float64), pl.col("quantity")
    in_units = pl.col("unit_quantity") * pl.col("unit_size")
    documented = pl.concat(
        rows.select(
            *("idempotency_key", "quantity", pl.col("amount").cast(pl.Float64)),
            printed=price * units,
            summed=pl.col("amount").sum().over("number") == pl.col("total"),
            converted=units == whole,
        )
        for rows, whole in ((orders, in_units), (trips, units))
    ).with_columns(times=pl.len().over("idempotency_key"))
    left = lines.select(
        "idempotency_key",
        "value",
        exported="quantity",
        must=pl.col("kind").is_in(["purchase_order", "allocation", "transfer"]),
    )
    cents = (pl.col("amount") - pl.col("value")).abs()
    wrong = (
        (pl.col("times") > 1)
        | pl.col("exported").ne_missing(units)
        | (cents > _ROUNDED_MONEY + _ROUNDED_PRICE * units)
        | ((pl.col("amount") - pl.col("printed")).abs() > _ROUNDED_MONEY)
        | ~pl.col("summed")
        | ~pl.col("converted")
    )
    off = left.join(documented, on="idempotency_key", how="full", coalesce=True).filter(
        pl.when(pl.col("times").is_null()).then("must").otherwise(wrong)
    )
    unplaced = cancels.filter(pl.col("number").is_null()).select("idempotency_key")
    off = pl.concat([off, unplaced], how="diagonal")
    return DOCUMENTS_ADD_UP.found(
        off.sort("idempotency_key"), f"{len(off)} lines stand otherwise in documents than they left"
    )


def judge_held(held: pl.DataFrame) -> Outcome:
    """Outcome for the documents whose approved lines are worth too little to leave."""
    return DOCUMENTS_REACH_MINIMUM.found(
        held, f"{len(held)} orders wait: what is approved of them is below the least value"
    )


def judge_published(faults: Sequence[str]) -> Outcome:
    """Outcome for the places where the audit chain is not what was published, in words."""
    frame = pl.DataFrame({"fault": list(faults)}, schema={"fault": pl.String})
    return AUDIT_PUBLISHED.found(frame, f"{len(faults)} faults, the first: {' '.join(faults[:1])}")


def judge_feasibility(violations: pl.DataFrame, check: Check = FEASIBLE) -> Outcome:
    """Outcome for the violations that a recomputation found, frame `plan_problems`."""
    find_frame(PlanProblems).check(violations)
    return check.found(violations, f"{len(violations)} constraints are broken")


def judge_problems(problems: pl.DataFrame) -> Outcome:
    """Outcome for the pairs that a planner could not plan, each with its problem."""
    return PLANNED.found(problems, f"{len(problems)} pairs could not be planned")


def judge_seasons(left_out: pl.DataFrame) -> Outcome:
    """Outcome for the items in price zones whose season no price could be planned of."""
    return SEASONS_PRICED.found(left_out, f"{len(left_out)} items in price zones are not priced")


def judge_unordered(left_out: pl.DataFrame) -> Outcome:
    """Outcome for the nodes below their level that tonight orders nothing for, and why.

    Nothing is wrong about those whose supplier takes orders on other days.
    """
    kept = left_out.filter(pl.col("reason") != "no_order_day")
    return ORDERED.found(kept, f"{len(kept)} nodes below their level are not ordered for")


def judge_prices(values: pl.DataFrame) -> Outcome:
    """Outcome for `SaleValues` rows: those of which something is wrong, and what.

    Stock of an item that has left the range has no price, and nothing is wrong about that.
    """
    named = ["sku", "location", "list_price", "unit_cost", "realised_price", "selling_price"]
    wrong = pl.col("cautions").str.split(";").list.set_difference(["", "left_range_with_stock"])
    off = values.filter(wrong.list.len() > 0).select(*named, "basis", "cautions")
    codes = off.select(pl.col("cautions").str.split(";").explode().alias("code"))
    told = codes.group_by("code", maintain_order=True).agg(pairs=pl.len())
    told = told.sort("pairs", "code", descending=[True, False])
    words = ", ".join(f"{code.replace('_', ' ')} {pairs}" for code, pairs in told.iter_rows())
    message = f"{len(off)} pairs are valued at prices that may be wrong: {words}"
    return PRICES_SOUND.found(off, message)


def judge_left_stock(values: pl.DataFrame, pairs: pl.DataFrame) -> Outcome:
    """Outcome for the stock of items that have left the range, the dearest first.

    Args:
        values: `SaleValues` rows.
        pairs: `PlanningPairs` rows.
    """
    held = pairs.select("sku", "location", "exit_date", "on_hand")
    left = values.filter(
        pl.col("cautions").str.split(";").list.contains("left_range_with_stock")
    ).join(held, on=["sku", "location"], maintain_order="left")
    found = left.select(
        *("sku", "location", "exit_date", "on_hand", "unit_cost", "selling_price"),
        salvage_value=pl.col("on_hand") * pl.col("selling_price"),
    ).sort("salvage_value", "sku", "location", descending=[True, False, False])
    units, worth = found["on_hand"].sum(), found["salvage_value"].sum()
    message = f"{len(found)} pairs hold {units} units of items that have left the range"
    return LEFT_STOCK_GONE.found(found, f"{message}, {worth:.2f} at salvage")


def judge_cover(lines: pl.DataFrame, targets: pl.DataFrame, most_cover_days: float) -> Outcome:
    """Outcome for orders of more than lasts for so long beyond the next goods, without a reason.

    Args:
        lines: `PurchasePlan` rows.
        targets: `Targets` rows.
        most_cover_days: of policy.
    """
    asked = lines.group_by("sku", location="destination", maintain_order=True).agg(
        pl.col("quantity").sum(),
        pl.col("reason").sort().str.join(";"),
        reasoned=pl.col("reason").is_in(_MORE_THAN_VALUE).any(),
    )
    known = targets.select(
        *("sku", "location", "protection_days", "demand_mean"), has="inventory_position"
    )
    covered = (
        asked.join(known, on=["sku", "location"], maintain_order="left")
        .with_columns(daily_demand=pl.col("demand_mean") / pl.col("protection_days"))
        .filter(pl.col("daily_demand") > 0, ~pl.col("reasoned"))
        .with_columns(
            cover_days=(pl.col("has") + pl.col("quantity")) / pl.col("daily_demand")
            - pl.col("protection_days")
        )
    )
    # A unit that is begun is no cover too many.
    beyond = covered.filter(
        pl.col("cover_days") - 1 / pl.col("daily_demand") > most_cover_days
    ).select("sku", "location", "quantity", "has", "daily_demand", "cover_days", "reason")
    message = f"orders for {len(beyond)} item-locations last longer than policy calls reasonable"
    return COVER_REASONABLE.found(beyond, message)


def judge_currencies(terms: pl.DataFrame) -> Outcome:
    """Outcome for the terms that are in another currency than their item."""
    return ONE_CURRENCY.found(terms, f"{len(terms)} terms are in another currency")


def judge_price_breaks(breaks: pl.DataFrame) -> Outcome:
    """Outcome for the price breaks that hold, each with price_of_fewer and whether it falls."""
    risen = breaks.filter(~pl.col("falls")).drop("falls")
    return BREAKS_FALL.found(risen, f"{len(risen)} price breaks do not fall and are set aside")


def judge_answers(unanswered: pl.DataFrame) -> Outcome:
    """Outcome for the shortages that have neither an answer nor a reason."""
    return ANSWERED.found(
        unanswered, f"{len(unanswered)} shortages have neither an answer nor a reason"
    )


def judge_decisions(refused: pl.DataFrame) -> Outcome:
    """Outcome for landed decisions that cannot count, each with its problem."""
    return DECISIONS_COUNT.found(refused, f"{len(refused)} decisions cannot count")


def judge_changes(before: pl.DataFrame, lines: pl.DataFrame, changes: pl.DataFrame) -> Outcome:
    """Outcome for `PlanChanges` between two plans, each by its `PlanLines`."""

    def sum_units(frame: pl.DataFrame, units: pl.Expr, name: str) -> pl.DataFrame:
        groups = frame.group_by("kind", "sku", "destination", maintain_order=True)
        return groups.agg(units.sum().alias(name))

    sums = sum_units(lines, pl.col("quantity"), "units")
    told = pl.col("quantity") - pl.col("quantity_before")
    parts = pl.sum_horizontal(name for name in changes.columns if name.startswith("from_"))
    for frame, units, name in (
        (before, pl.col("quantity"), "units_before"),
        (changes, told, "told"),
        (changes, parts, "told_by_cause"),
    ):
        keys = ["kind", "sku", "destination"]
        sums = sums.join(sum_units(frame, units, name), on=keys, how="full", coalesce=True)
    larger = pl.col("units") - pl.col("units_before")
    off = (
        sums.with_columns(pl.exclude("kind", "sku", "destination").fill_null(0))
        .filter((larger != pl.col("told")) | ((larger - pl.col("told_by_cause")).abs() > _UNIT_OFF))
        .sort("kind", "sku", "destination")
    )
    return CHANGES_ADD_UP.found(off, f"{len(off)} items change by other units than is said")


def judge_routing(proposals: pl.DataFrame, routed: pl.DataFrame) -> Outcome:
    """Outcome for `Routed` rows against the `Proposals` they route."""
    counts = routed.group_by("action_id", maintain_order=True).agg(pl.len().alias("times"))
    off = (
        proposals.select("action_id")
        .join(counts, on="action_id", how="full", coalesce=True)
        .filter(pl.col("times").is_null() | (pl.col("times") != 1))
    )
    strangers = routed.join(proposals, on="action_id", how="anti").select(
        "action_id", pl.lit(1, pl.UInt32).alias("times")
    )
    failing = pl.concat([off, strangers]).unique().sort("action_id")
    return ROUTED_ONCE.found(failing, "proposals and routes do not match one to one")


def judge_export(lines: pl.DataFrame, routed: pl.DataFrame) -> Outcome:
    """Outcome for `ExportLines` of the plan in force against its `Routed` rows."""
    approved = routed.filter(pl.col("status") == "approved").select(
        "action_id", "approved_quantity"
    )
    compared = lines.join(approved, on="action_id", how="left")
    off = compared.filter(
        pl.col("approved_quantity").is_null() | (pl.col("approved_quantity") != pl.col("quantity"))
    )
    return APPROVED_ONLY.found(
        off.select("action_id", "quantity", "approved_quantity"),
        "lines were exported that nobody approved so",
    )


def judge_cancel_lines(
    cancels: pl.DataFrame, lines: pl.DataFrame, recalled: Collection[str]
) -> Outcome:
    """Outcome for `CancelLines` of a business date.

    Args:
        cancels: of the business date.
        lines: every `ExportLines` row handed out so far.
        recalled: keys of the lines that somebody has called back.
    """
    known = cancels.join(lines, left_on="cancels", right_on="idempotency_key", how="semi")
    sound = known.filter(pl.col("cancels").is_in([*recalled]))
    off = cancels.join(sound, on="idempotency_key", how="anti")
    return RECALLED_ONLY.found(
        off.select("idempotency_key", "cancels", "action_id", "batch", "author"),
        "lines are cancelled that nobody has called back",
    )
