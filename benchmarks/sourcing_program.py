"""Sourcing as a mixed-integer program, written from the same frames for HiGHS.

Variables: a candidate is taken (0 or 1), a parcel is sent (0 to 1), an order ships at all (0 to
1), a unit of a pair is taken (0 to 1, the cheapest first by itself as its cost rises).
"""

from dataclasses import dataclass, field

import highspy
import numpy as np
import polars as pl

from optimization.sourcing import SourcingFrames
from optimization.value import StockValue
from quality_checks.contracts import SourcingCandidates, find_frame

LINE = ["order_id", "line"]
PAIR = ["sku", "location"]
PARCEL = ["order_id", "location", "ship_on"]


@dataclass
class _Program:
    """Rows and columns as they are gathered."""

    costs: list[float] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add_columns(self, costs: pl.Series) -> pl.Series:
        """Variables of 0 to 1; their numbers."""
        first = len(self.costs)
        self.costs += costs.to_list()
        return pl.int_range(first, len(self.costs), eager=True)

    def add_rows(self, most: pl.Series, least: float = -highspy.kHighsInf) -> pl.Series:
        """Sums that stay between two limits; their numbers."""
        first = len(self.most)
        self.least += [least] * len(most)
        self.most += most.cast(pl.Float64).to_list()
        return pl.int_range(first, len(self.most), eager=True)

    def put(self, rows: pl.Series, columns: pl.Series, value: pl.Series | float) -> None:
        """Enter coefficients."""
        self.row += rows.to_list()
        self.column += columns.to_list()
        self.value += value.to_list() if isinstance(value, pl.Series) else [value] * len(rows)


def solve_program(
    night: SourcingFrames, split_penalty: float, seconds: float
) -> tuple[float, float]:
    """Cost of the best plan that HiGHS finds in its time, and the bound that it proves."""
    taken = (
        find_frame(SourcingCandidates)
        .read(night.candidates)
        .join(night.lines, on=LINE)
        .with_columns(sku=pl.coalesce("item", "sku"))
        .join(night.parcels, on=PARCEL)
        .join(night.stock.select(*PAIR, "available"), on=PAIR)
        .filter(pl.col("arrives_on") <= pl.col("promised_on"))
        .sort(*LINE, "location", "ship_on")
    )
    outside = night.lines.with_columns(outside=pl.min_horizontal("open_cost", "wait_cost"))
    taken = taken.join(outside.select(*LINE, "outside"), on=LINE, maintain_order="left")
    program = _Program()
    own = pl.sum_horizontal(
        "shipping_cost", "handling_cost", "refusal_cost", "late_cost", "other_cost"
    )
    saved = own - pl.col("markdown_avoided") - pl.col("outside")
    taken = taken.with_columns(x=program.add_columns(taken.select(saved).to_series()))
    _put_lines(program, taken)
    _put_parcels(program, taken, split_penalty)
    _put_units(program, taken, night.stock)
    _put_capacities(program, taken, night.capacities)
    best, bound = _run(program, taken.height, seconds)
    nowhere = float(outside["outside"].sum())
    return nowhere + best, nowhere + bound


def _put_lines(program: _Program, taken: pl.DataFrame) -> None:
    """A line is shipped at most once."""
    lines = taken.select(LINE).unique(maintain_order=True)
    lines = lines.with_columns(row=program.add_rows(pl.repeat(1.0, lines.height, eager=True)))
    rows = taken.join(lines, on=LINE, maintain_order="left")
    program.put(rows["row"], rows["x"], 1.0)


def _put_parcels(program: _Program, taken: pl.DataFrame, split_penalty: float) -> None:
    """A line goes in a parcel that is sent; all but one of an order cost the penalty."""
    parcels = taken.select(*PARCEL, "parcel_cost").unique(PARCEL, maintain_order=True)
    parcels = parcels.with_columns(sent=program.add_columns(parcels["parcel_cost"] + split_penalty))
    rows = taken.join(parcels, on=PARCEL, maintain_order="left")
    number = program.add_rows(pl.repeat(0.0, rows.height, eager=True))
    program.put(number, rows["x"], 1.0)
    program.put(number, rows["sent"], -1.0)
    orders = parcels.select("order_id").unique(maintain_order=True)
    orders = orders.with_columns(
        ships=program.add_columns(pl.repeat(-split_penalty, orders.height, eager=True)),
        row=program.add_rows(pl.repeat(0.0, orders.height, eager=True)),
    )
    program.put(orders["row"], orders["ships"], 1.0)
    of_order = parcels.join(orders, on="order_id", maintain_order="left")
    program.put(of_order["row"], of_order["sent"], -1.0)


def _put_units(program: _Program, taken: pl.DataFrame, stock: pl.DataFrame) -> None:
    """What is taken of a pair are units, each at its value."""
    pairs = stock.join(taken.select(PAIR).unique(), on=PAIR, how="semi", maintain_order="left")
    # Equal: a unit that is worth less than nothing is not given away by itself.
    none = pl.repeat(0.0, pairs.height, eager=True)
    pairs = pairs.with_columns(row=program.add_rows(none, 0.0))
    pair = np.repeat(np.arange(pairs.height), pairs["available"].to_numpy())
    units = pairs[pair.tolist()].with_columns(
        k=pl.col("inventory_position") - pl.int_range(pl.len()).over(PAIR)
    )
    worth = StockValue.of_pairs(pairs).of_unit(pair, units["k"].to_numpy())
    program.put(units["row"], program.add_columns(pl.Series(worth)), -1.0)
    rows = taken.join(pairs.select(*PAIR, "row"), on=PAIR, maintain_order="left")
    program.put(rows["row"], rows["x"], rows["quantity"].cast(pl.Float64))


def _put_capacities(program: _Program, taken: pl.DataFrame, capacities: pl.DataFrame) -> None:
    """What nodes ship on a day."""
    for most, drawn in (("most_lines", pl.lit(1)), ("most_units", pl.col("quantity"))):
        days = capacities.filter(pl.col(most).is_not_null())
        days = days.with_columns(row=program.add_rows(days[most]))
        rows = taken.join(
            days.select("location", "ship_on", "row"),
            on=["location", "ship_on"],
            maintain_order="left",
        ).with_columns(drawn=drawn.cast(pl.Float64))
        program.put(rows["row"], rows["x"], rows["drawn"])


def _run(program: _Program, whole: int, seconds: float) -> tuple[float, float]:
    """Minimise; the first `whole` variables are whole numbers."""
    size = len(program.costs)
    order = np.lexsort((program.row, program.column))
    column = np.asarray(program.column)[order]
    highs = highspy.HighsLp()
    highs.num_col_, highs.num_row_ = size, len(program.most)
    highs.col_cost_ = np.asarray(program.costs)
    highs.col_lower_, highs.col_upper_ = np.zeros(size), np.ones(size)
    highs.row_lower_ = np.asarray(program.least)
    highs.row_upper_ = np.asarray(program.most)
    highs.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    highs.a_matrix_.start_ = np.searchsorted(column, np.arange(size + 1))
    highs.a_matrix_.index_ = np.asarray(program.row, dtype=np.int32)[order]
    highs.a_matrix_.value_ = np.asarray(program.value)[order]
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    highs.integrality_ = [kinds[0]] * whole + [kinds[1]] * (size - whole)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("time_limit", seconds),
        ("mip_rel_gap", 1e-5),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(highs)
    solver.run()
    info = solver.getInfo()
    return float(info.objective_function_value), float(info.mip_dual_bound)
