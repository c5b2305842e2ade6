"""What a list is: what it shows, and what it can be narrowed and sorted by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from quality_checks.contracts import VIEWS

_MONEY: Final = "currency"
_NAMES: Final = frozenset(
    (
        *("sku", "category", "department", "family", "supplier", "case_id"),
        *("location", "origin", "destination", "region", "zone", "scope", "allocated_to"),
        *("passed", "blocking", "asset", "field", "source"),
    )
)


@dataclass(frozen=True)
class Choice:
    """A column of which one value can be chosen.

    Attributes:
        name: of the column, and of the parameter.
        label: what people read.
        is_joined: whether a row has several values, joined by a semicolon.
    """

    name: str
    label: str
    is_joined: bool = False

    @property
    def is_name(self) -> bool:
        """Whether its values are keys and names, of which each letter counts, and no codes."""
        return self.name in _NAMES


@dataclass(frozen=True)
class Listing:
    """A list of rows.

    Attributes:
        name: of the list, as in its address.
        title: what people read.
        view: view of the read copy that it shows.
        key: columns that tell its rows apart.
        shown: columns that are shown, in order.
        choices: what it can be narrowed by.
        searched: columns in which a text is looked for.
        order: column that it is sorted by unless something else is asked for.
        is_descending: whether that is from the largest to the smallest.
        sums: columns of which the sum is told.
        page: address of a row's own page, with columns in braces; empty where it has none.
        note: what a reader must know beside the names of columns.
        labels: column -> what people read, where its name is none.
        shares: columns that are read as percentages.
    """

    name: str
    title: str
    view: str
    key: tuple[str, ...]
    shown: tuple[str, ...]
    choices: tuple[Choice, ...]
    searched: tuple[str, ...]
    order: str
    is_descending: bool = True
    sums: tuple[str, ...] = ()
    page: str = ""
    note: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[str, ...] = ()

    def name_column(self, column: str) -> str:
        """What people read above a column."""
        return self.labels.get(column, column.replace("_", " "))

    def list_money(self) -> list[str]:
        """Columns that are shown or summed and hold amounts of money, by their contract."""
        stated = VIEWS[self.view].model.stated_columns
        told = dict.fromkeys((*self.shown, *self.sums))
        return [
            column
            for column in told
            if column in stated and (stated[column].metadata or {}).get("unit") == _MONEY
        ]

    def describe(self, column: str) -> str:
        """What a column means, with its unit, as its contract states it."""
        stated = VIEWS[self.view].model.stated_columns.get(column)
        if stated is None:
            return ""
        unit = stated.metadata.get("unit")
        return f"{stated.description}{f' [{unit}]' if unit else ''}"
