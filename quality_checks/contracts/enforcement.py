"""Contracts as schemas of pandera, which names every fault of a frame.

Imported when a frame has one, or was typed by strangers: pandera takes over a second to import.
"""

from typing import Any, Final

import pandera.polars as pa
import polars as pl
from pandera import extensions

from quality_checks.contracts.base import Table
from quality_checks.contracts.statement import Bound, Rule
from quality_checks.contracts.vocabulary import Vocabulary


def in_vocabulary(data: Any, *, vocabulary: Vocabulary) -> pl.LazyFrame:  # noqa: ANN401  # pandera's polars data is untyped
    """Pandera's check `in_vocabulary` of a column: each value is a word of `vocabulary`."""
    found: pl.LazyFrame = data.lazyframe.select(pl.col(data.key).is_in(vocabulary.words))
    return found


extensions.register_check_method(in_vocabulary, statistics=["vocabulary"])


_SCHEMAS: Final[dict[type[Table], pa.DataFrameSchema]] = {}


def build_schema(model: type[Table]) -> pa.DataFrameSchema:
    """The schema of pandera that holds what a contract states; made once."""
    if model not in _SCHEMAS:
        _SCHEMAS[model] = _build(model)
    return _SCHEMAS[model]


def _build(model: type[Table]) -> pa.DataFrameSchema:
    columns = {
        name: pa.Column(
            stated.dtype,
            [_make_check(bound) for bound in stated.checks],
            nullable=stated.nullable,
            description=stated.description,
            metadata=dict(stated.metadata) or None,
        )
        for name, stated in model.stated_columns.items()
    }
    rules = [_make_row_check(rule) for rule in model.stated_rules]
    return pa.DataFrameSchema(columns, checks=rules, strict=True, name=model.__name__)


def _make_check(bound: Bound) -> Any:  # noqa: ANN401  # pandera's checks are untyped
    return getattr(pa.Check, bound.name)(**bound.statistics)


def _make_row_check(rule: Rule) -> Any:  # noqa: ANN401  # pandera's checks are untyped
    return pa.Check(
        lambda data: rule.holds(data.lazyframe), name=rule.name, description=rule.description
    )
