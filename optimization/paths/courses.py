"""What stock costs an echelon until the goods of the next order are there, by when its orders come.

On a path of demand, stretch after stretch: goods come, customers buy, the stretch closes. Short is
what is asked of the node and not there, whatever else the echelon has (`needs.py`). With

    u   margin of a unit that is short        h   cost of a unit of stock a day
    s   units left when the goods of the next order come, with all that comes later

a course costs

    u * (units short) + h * (unit-days of stock) + surplus(s) + exit(s)

surplus: units of s above the level by value are kept until demand reaches them, as
`StockValue.surplus` has it. exit: where the item leaves the range, units of s that no demand until
then takes lose a share of their price. Units of s up to the level stand for a part of the next
order, so they cost nothing more. What comes after the interval comes too late for any sale in it:
a later order could come as soon.

Goods of a day within a stretch serve the part of it that is left: the rest counts from the next
stretch on.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from compilation import compiled, copy_array
from optimization.paths.demand_paths import DemandPaths
from quality_checks.contracts import Economics

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PARTS = 3
"""Parts of the cost of a course: units short, keeping, and what is left in the end."""

SHORT, KEEPING = 0, 1
"""Places of the first two."""

_AT_ONCE = 2_000
"""Courses whose paths are kept in memory at once."""


@dataclass(frozen=True)
class ItemCosts:
    """What units cost, of items in the order of their paths; all of shape (items,).

    Attributes:
        opening: units that are there before the first day; below 0 where customers wait.
        held: those of them that are not at locations below the node.
        short: cost of a unit short.
        keeping: cost of a unit of stock a day.
        level: units above which a unit that is left is surplus.
        surplus_step: what each unit of surplus costs more than the one before.
        surplus_most: most of it that a unit costs.
        exit_loss: what a unit loses that is left when the item leaves the range; 0 where it stays.
        rest: demand from the end of the interval to the exit.
        waits: customers wait for what is short.
    """

    opening: FloatArray
    held: FloatArray
    short: FloatArray
    keeping: FloatArray
    level: FloatArray
    surplus_step: FloatArray
    surplus_most: FloatArray
    exit_loss: FloatArray
    rest: FloatArray
    waits: npt.NDArray[np.bool_]

    @classmethod
    def of_items(
        cls, items: pl.DataFrame, coming: FloatArray, owned: FloatArray, economics: Economics
    ) -> Self:
        """What units of items cost.

        Args:
            items: frame `order_items`, in the order of their paths.
            coming: units of the inventory position that have not come yet, (items,).
            owned: units that locations below the node have, (items,).
            economics: what stock costs.
        """
        leaves = pl.col("run_down") | pl.col("open_life_mean").is_not_null()
        rest = pl.col("open_life_mean") - pl.col("open_demand_mean")
        found = items.select(
            short="underage_cost",
            keeping=pl.col("unit_cost") * economics.keeping_rate_per_day,
            level=pl.col("value_level").cast(pl.Float64),
            surplus_step="surplus_step",
            surplus_most="surplus_most",
            exit_loss=pl.when(leaves)
            .then(pl.col("unit_price") * economics.exit_loss_share)
            .otherwise(0.0),
            rest=pl.when("run_down").then(0.0).otherwise(rest.clip(lower_bound=0)).fill_null(0.0),
        )
        numbers = {name: copy_array(found[name]) for name in found.columns}
        opening = items["inventory_position"].cast(pl.Float64).to_numpy() - coming
        waits = copy_array(~items["lost"])
        return cls(opening=opening, held=opening - owned, waits=waits, **numbers)


def place_units(ends: FloatArray, days: FloatArray, units: FloatArray) -> FloatArray:
    """Place goods that come on days into stretches: [row, stretch], the last one after the end.

    Args:
        ends: of each row the end of each stretch, [row, stretch].
        days: days from the first one on which they come, whole or not, [row].
        units: how many, [row].
    """
    rows, stretches = ends.shape
    placed = np.zeros((rows, stretches + 1))
    at = (ends <= days[:, None]).sum(axis=1)
    row = np.arange(rows)
    inside = at < stretches
    last = np.minimum(at, stretches - 1)
    begins = np.where(last > 0, ends[row, np.maximum(last - 1, 0)], 0.0)
    length = ends[row, last] - begins
    served = np.divide(ends[row, last] - days, length, out=np.ones(rows), where=length > 0)
    share = np.where(inside, np.clip(served, 0.0, 1.0), 1.0)
    placed[row, at] = units * share
    placed[row, np.minimum(at + 1, stretches)] += units * (1.0 - share)
    return placed


def cost_courses(
    paths: DemandPaths, costs: ItemCosts, item: IntArray, receipts: FloatArray
) -> FloatArray:
    """Expected cost of each course, [course, part].

    Args:
        paths: demand of the items.
        costs: what their units cost.
        item: item of each course, [course].
        receipts: units that come in each stretch, and after the last one, [course, stretch + 1].
    """
    parts = [
        cost_on_paths(paths, costs, item[at : at + _AT_ONCE], receipts[at : at + _AT_ONCE])
        for at in range(0, len(item), _AT_ONCE)
    ]
    return np.concatenate([part.mean(axis=1) for part in parts] or [np.zeros((0, PARTS))])


def cost_on_paths(
    paths: DemandPaths, costs: ItemCosts, item: IntArray, receipts: FloatArray
) -> FloatArray:
    """Cost of each course on each path, [course, path, part]; arguments as of `cost_courses`."""
    found = np.zeros((len(item), paths.units.shape[1], PARTS))
    _cost_courses(
        copy_array(item),
        copy_array(receipts),
        paths.units,
        paths.needed,
        paths.factor,
        paths.ends,
        costs.opening,
        costs.held,
        costs.short,
        costs.keeping,
        costs.level,
        costs.surplus_step,
        costs.surplus_most,
        costs.exit_loss,
        costs.rest,
        costs.waits,
        found,
    )
    return found


@compiled
def _cost_courses(  # noqa: PLR0913, PLR0917  # courses, demand, ten figures of items, and a result
    item: IntArray,
    receipts: FloatArray,
    units: FloatArray,
    needed: FloatArray,
    factor: FloatArray,
    ends: FloatArray,
    opening: FloatArray,
    held: FloatArray,
    short: FloatArray,
    keeping: FloatArray,
    level: FloatArray,
    surplus_step: FloatArray,
    surplus_most: FloatArray,
    exit_loss: FloatArray,
    rest: FloatArray,
    waits: npt.NDArray[np.bool_],
    found: FloatArray,
) -> None:
    """Put the cost of each course on each path into `found`, by part."""
    stretches = units.shape[2]
    for course in range(len(item)):
        i = item[course]
        for path in range(units.shape[1]):
            stock, free, missing, kept, begins = opening[i], held[i], 0.0, 0.0, 0.0
            for stretch in range(stretches):
                asked = units[i, path, stretch]
                stock += receipts[course, stretch]
                free += receipts[course, stretch]
                before = max(stock, 0.0)
                unmet = max(needed[i, path, stretch] - max(free, 0.0), 0.0)
                missing += unmet
                stock -= asked
                free -= needed[i, path, stretch]
                if not waits[i]:
                    # Who found nothing has gone; what was owed before is still owed.
                    stock += unmet
                    free += unmet
                length = ends[i, stretch] - begins
                kept += length * (before + max(stock, 0.0)) / 2
                begins = ends[i, stretch]
            left = max(stock + receipts[course, stretches], 0.0)
            above = max(left - level[i], 0.0)
            rising = above
            if surplus_step[i] > 0:
                rising = min(above, np.floor(surplus_most[i] / surplus_step[i]))
            extra = surplus_step[i] * rising * (rising + 1) / 2 + (above - rising) * surplus_most[i]
            unsold = max(left - factor[i, path] * rest[i], 0.0)
            found[course, path, 0] = short[i] * missing
            found[course, path, 1] = keeping[i] * kept
            found[course, path, 2] = extra + exit_loss[i] * unsold
