"""What stock costs an echelon on paths of its demand, by when goods come to it.

Whatever brings goods is weighed on the same paths: open orders, and the suppliers that an item can
be ordered from. So demand that is lost before goods come stays lost.
"""

from optimization.paths.courses import (
    KEEPING,
    PARTS,
    SHORT,
    cost_courses,
    cost_on_paths,
    place_units,
)
from optimization.paths.demand_paths import list_ends
from optimization.paths.items import ItemCourses, build_courses

__all__ = [
    "KEEPING",
    "PARTS",
    "SHORT",
    "ItemCourses",
    "build_courses",
    "cost_courses",
    "cost_on_paths",
    "list_ends",
    "place_units",
]
