"""Rows of a list: narrowed by what is chosen, sorted, and given a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import polars as pl

from workbench.reading.listing import Listing

_TEXT: Final = "searched_text"
_KEY: Final = "row_key"
_PAGE_ROWS: Final = 50
_MOST_ROWS: Final = 500
_LONGEST_TEXT: Final = 100
_MOST_VALUES: Final = 500
"""Values of a column beyond which a list of them helps nobody."""


@dataclass(frozen=True)
class Ask:
    """What of a list somebody wants to see.

    Attributes:
        chosen: column -> the value that its rows have.
        text: that they hold somewhere; empty for all.
        sort: column.
        is_descending: whether from the largest to the smallest.
        after: key of the row before the first of the page; empty for the first page.
        before: key of the row after the last of the page; empty unless one goes back.
        size: most rows of a page.
    """

    chosen: Mapping[str, str]
    text: str
    sort: str
    is_descending: bool
    after: str = ""
    before: str = ""
    size: int = _PAGE_ROWS

    @property
    def parameters(self) -> dict[str, str]:
        """The same as parameters of an address, but for the place in the list."""
        asked = {**self.chosen, "text": self.text, "sort": self.sort}
        asked["direction"] = "down" if self.is_descending else "up"
        if self.size != _PAGE_ROWS:
            asked["size"] = str(self.size)
        return {name: value for name, value in asked.items() if value}

    def sort_by(self, column: str) -> dict[str, str]:
        """Parameters for the list sorted by a column; the other way round where it is already."""
        turned = self.sort == column and not self.is_descending
        return replace(self, sort=column, is_descending=turned).parameters


@dataclass(frozen=True)
class Prepared:
    """Rows of a list, ready to be narrowed many times.

    Attributes:
        frame: its rows with their key and the text in which is searched.
        listing: the list.
    """

    frame: pl.DataFrame
    listing: Listing

    @classmethod
    def of(cls, rows: pl.DataFrame, listing: Listing) -> Self:
        """Prepare the rows of a list; with its columns and more."""
        searched = [pl.col(name).fill_null("") for name in listing.searched]
        keys = [pl.col(name).cast(pl.String) for name in listing.key]
        added = {
            _TEXT: pl.concat_str(searched, separator="\n").str.to_lowercase(),
            _KEY: pl.concat_str(keys, separator="|"),
        }
        return cls(rows.with_columns(**added), listing)

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """Values that rows have, of each column that can be chosen by."""
        return {choice.name: self._list_values(choice.name) for choice in self.listing.choices}

    def _list_values(self, name: str) -> list[str]:
        values = self.frame[name].drop_nulls().cast(pl.String)
        joined = {choice.name for choice in self.listing.choices if choice.is_joined}
        if name in joined:
            values = values.str.split(";").explode()
        found = values.filter(values != "").unique().sort().to_list()
        return found if len(found) <= _MOST_VALUES else []


@dataclass(frozen=True)
class RowPage:
    """A page of a list.

    Attributes:
        rows: of the page, in order.
        sums: of all rows that were asked for: `rows`, and each column that is summed.
        after: key with which the next page begins after; empty on the last.
        before: key before which the page before ends; empty on the first.
    """

    rows: pl.DataFrame
    sums: Mapping[str, float]
    after: str
    before: str


def read_ask(listing: Listing, parameters: Mapping[str, str]) -> Ask:
    """Read what is asked of a list from the parameters of an address.

    Args:
        listing: the list.
        parameters: by name; those that the list does not know are passed over.

    Raises:
        ValueError: the list cannot be sorted so, or the size is no number, in words.
    """
    sort = parameters.get("sort") or listing.order
    if sort not in listing.shown:
        raise ValueError(f"{listing.title} cannot be sorted by {sort!r}")
    size = parameters.get("size") or str(_PAGE_ROWS)
    if not size.isdecimal() or not 1 <= int(size) <= _MOST_ROWS:
        raise ValueError(f"size is a number of rows from 1 to {_MOST_ROWS}")
    direction = parameters.get("direction")
    own = listing.is_descending if sort == listing.order else False
    return Ask(
        chosen={
            choice.name: parameters[choice.name]
            for choice in listing.choices
            if parameters.get(choice.name)
        },
        text=parameters.get("text", "").strip()[:_LONGEST_TEXT],
        sort=sort,
        is_descending=own if direction is None else direction == "down",
        after=parameters.get("after", ""),
        before=parameters.get("before", ""),
        size=int(size),
    )


def select_page(prepared: Prepared, ask: Ask) -> RowPage:
    """Select a page of a list.

    The place is a row's key: where that row does not fit any more, as it was decided meanwhile, the
    page goes on where it would be.
    """
    fits = _find_fitting(prepared, ask)
    place = ask.after or ask.before
    at_place = pl.col(_KEY) == place
    rows = prepared.frame.filter(fits | at_place if place else fits)
    ordered = rows.sort(
        ask.sort, _KEY, descending=[ask.is_descending, False], nulls_last=True
    ).with_columns(fits=fits)
    found = ordered[_KEY].index_of(place) if place else None
    chosen = _cut(ordered, found, ask)
    fitting = ordered.filter("fits")
    keys = chosen[_KEY].to_list()
    has_more = bool(keys) and keys[-1] != fitting[_KEY][-1]
    has_less = bool(keys) and keys[0] != fitting[_KEY][0]
    return RowPage(
        rows=chosen.drop("fits", _TEXT),
        sums=sum_rows(fitting, prepared.listing),
        after=keys[-1] if has_more else "",
        before=keys[0] if has_less else "",
    )


def select_fitting(prepared: Prepared, ask: Ask) -> pl.DataFrame:
    """Select all rows of a list that are asked for, of whatever page."""
    return prepared.frame.filter(_find_fitting(prepared, ask)).drop(_TEXT)


def sum_groups(prepared: Prepared, ask: Ask, column: str) -> list[dict[str, object]]:
    """Count and sum the rows that are asked for by what stands in a column, the most first.

    Args:
        prepared: the list.
        ask: what of it.
        column: one of those that it is narrowed by; rows with several values count for each.

    Raises:
        ValueError: the list is not narrowed by it.
    """
    choices = {choice.name: choice for choice in prepared.listing.choices}
    if column not in choices:
        raise ValueError(f"{prepared.listing.title} cannot be grouped by {column!r}")
    rows = select_fitting(prepared, ask).with_columns(pl.col(column).cast(pl.String))
    if choices[column].is_joined:
        rows = rows.with_columns(pl.col(column).str.split(";")).explode(column)
    grouped = rows.group_by(group=pl.col(column).replace("", None)).agg(
        pl.len().alias("rows"), pl.col(*prepared.listing.sums).sum()
    )
    return grouped.sort("rows", "group", descending=[True, False], nulls_last=True).to_dicts()


def sum_rows(rows: pl.DataFrame, listing: Listing) -> dict[str, float]:
    """Count rows, and sum the columns of the list that are summed."""
    return {"rows": rows.height, **{name: float(rows[name].sum()) for name in listing.sums}}


def _cut(ordered: pl.DataFrame, found: int | None, ask: Ask) -> pl.DataFrame:
    """The rows of the page: after a place, before it, or from the start."""
    if found is None:
        return ordered.filter("fits").head(ask.size)
    if ask.after:
        return ordered.slice(found + 1).filter("fits").head(ask.size)
    return ordered.head(found).filter("fits").tail(ask.size)


def _find_fitting(prepared: Prepared, ask: Ask) -> pl.Expr:
    """Whether a row has what is chosen, and the text somewhere."""
    fits = pl.lit(value=True)
    for choice in prepared.listing.choices:
        value = ask.chosen.get(choice.name)
        if value is None:
            continue
        column = pl.col(choice.name).cast(pl.String)
        if choice.is_joined:
            fits &= column.str.split(";").list.contains(value).fill_null(value=False)
        else:
            fits &= (column == value).fill_null(value=False)
    for word in ask.text.lower().split():
        fits &= pl.col(_TEXT).str.contains(word, literal=True)
    return fits
