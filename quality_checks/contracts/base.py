"""The vocabulary in which contracts are written: column types, `Table`, and the registry.

A contract is a model (its columns, types, bounds and descriptions; see `statement`) plus what a
model cannot say: the stage it lives in, its key, what its keys refer to, and how a landed table
accumulates. Everything else that needs a column list derives it from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import get_annotations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import polars as pl

from quality_checks.contracts.statement import (
    Bound,
    Column,
    Rule,
    find_type,
    is_kept,
    read_bounds,
)
from quality_checks.contracts.words import KEY_FORM

if TYPE_CHECKING:
    import pandera.polars as pa

Timestamp = Annotated[pl.Datetime, "us", None]
"""Local wall-clock time at the location, without a zone."""

EVERYWHERE = "*"
"""The value of a key column that stands for every sku, location, region or channel."""

Mode = Literal["events", "state", "result"]

Target = tuple[str, str]
"""Table and column that know the values of a column which refers to them."""


@dataclass(frozen=True)
class TargetByColumn:
    """A reference whose table another column of the row chooses.

    Attributes:
        column: the one that chooses.
        targets: its value -> where the reference then goes; nowhere for any other value.
    """

    column: str
    targets: "Mapping[str, Target]"


Reference = Target | TargetByColumn


def list_targets(references: "Mapping[str, Reference]") -> "list[tuple[str, Target]]":
    """Each column that refers, with every table and column that it may refer to."""
    return [
        (name, target)
        for name, reference in references.items()
        for target in (
            reference.targets.values() if isinstance(reference, TargetByColumn) else [reference]
        )
    ]


class Table:
    """Base of all contracts: exactly the stated columns, in the stated types."""

    stated_columns: ClassVar[Mapping[str, Column]] = {}
    stated_rules: ClassVar[tuple[Rule, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Collect the columns and rules of a contract, those of its bases first."""
        own = {
            name: replace(getattr(cls, name), dtype=find_type(annotation))
            for name, annotation in get_annotations(cls).items()
        }
        bases = [base for base in cls.__bases__ if issubclass(base, Table)]
        for base in bases:
            cls.stated_columns = {**cls.stated_columns, **base.stated_columns}
        cls.stated_columns = {**cls.stated_columns, **own}
        rules = [value for value in cls.__dict__.values() if isinstance(value, Rule)]
        inherited = dict.fromkeys(rule for base in bases for rule in base.stated_rules)
        cls.stated_rules = (*inherited, *rules)

    @classmethod
    def to_schema(cls) -> "pa.DataFrameSchema":
        """The contract as a schema of pandera, which names every fault of a frame."""
        from quality_checks.contracts.enforcement import build_schema  # noqa: PLC0415  # slow

        return build_schema(cls)

    @classmethod
    def validate(cls, frame: pl.DataFrame) -> None:
        """Refuse a frame that breaks the contract; pandera is asked only once a look finds that.

        Its own look takes a millisecond a column even of a few rows.

        Raises:
            pandera.errors.SchemaErrors: lists every case.
        """
        if not cls.is_held_by(frame):
            cls.to_schema().validate(frame, lazy=True)

    @classmethod
    def is_held_by(cls, frame: pl.DataFrame) -> bool:
        """Whether columns, types, values and rows are as stated, in one query for all values."""
        types = {name: stated.dtype for name, stated in cls.stated_columns.items()}
        if dict(frame.schema) != types:
            return False
        looks = [
            condition.all()
            for name, stated in cls.stated_columns.items()
            for condition in stated.find_conditions(name)
        ]
        sound = bool(frame.select(pl.all_horizontal(pl.lit(value=True), *looks)).item())
        return sound and all(is_kept(rule, frame) for rule in cls.stated_rules)


def column(  # noqa: PLR0913  # what may be said of a column
    description: str,
    *,
    unit: str | None = None,
    nullable: bool = False,
    omissible: bool = False,
    absent: bool | str | None = None,
    happened: bool = False,
    **checks: Any,
) -> Any:
    """State a column: what it means, its unit, whether it may be missing, and its bounds.

    `checks` are named as pandera has them (`ge`, `le`, `gt`, `isin`, `str_matches`, ...). A missing
    value means unknown, never zero. A landed file or a frame may lack an `omissible` column, which
    then is missing in all its rows, or has the value `absent` where one is stated: files that were
    written before the contract had it stay valid. What `happened` lies in the past when it is sent.
    """
    stated = {"unit": unit, "omissible": omissible or None, "absent": absent}
    stated["happened"] = happened or None
    metadata = {name: value for name, value in stated.items() if value is not None}
    nullable = nullable or (omissible and absent is None)
    return Column(description, nullable, metadata, read_bounds(checks))


def column_of(
    table: type[Table],
    name: str,
    *,
    description: str | None = None,
    nullable: bool | None = None,
    omissible: bool = False,
) -> Any:
    """State a column that another contract has too: its meaning, unit, bounds and whether missing.

    Args:
        table: the contract that states it.
        name: the column there.
        description: what it means here, where that is narrower.
        nullable: whether it may be missing here, where that differs.
        omissible: whether the column may be lacking here, as in `column`.

    Raises:
        KeyError: the contract has no such column.
    """
    stated = table.stated_columns[name]
    found = column(
        description or stated.description,
        unit=stated.metadata.get("unit"),
        nullable=stated.nullable if nullable is None else nullable,
        omissible=omissible,
    )
    # What is landed was held to the form of a key; frames by the million need not be again.
    checks = tuple(check for check in stated.checks if not _is_form_of_key(check))
    return replace(found, checks=checks)


def _is_form_of_key(check: Bound) -> bool:
    return check.name == "str_length" or check.statistics.get("pattern") == KEY_FORM


@dataclass(frozen=True)
class Statement:
    """What contracts of tables and of frames have in common.

    Attributes:
        name: of the table or frame.
        model: the model.
        key: columns that identify a row.
    """

    name: str
    model: type[Table]
    key: tuple[str, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names in contract order."""
        return tuple(self.model.stated_columns)

    @property
    def schema(self) -> pl.Schema:
        """Column names and polars types; whoever gets them may change what he got."""
        return pl.Schema({name: col.dtype for name, col in self.model.stated_columns.items()})

    @property
    def nullable(self) -> frozenset[str]:
        """Columns that may be missing."""
        return frozenset(name for name, col in self.model.stated_columns.items() if col.nullable)

    @property
    def omissible(self) -> frozenset[str]:
        """Columns that a landed file or a frame may lack."""
        return frozenset(self._find_marked("omissible"))

    @property
    def happened(self) -> tuple[str, ...]:
        """Columns that date what had happened when the row was sent."""
        return tuple(self._find_marked("happened"))

    def _find_marked(self, mark: str) -> list[str]:
        stated = self.model.stated_columns
        return [name for name, col in stated.items() if col.metadata.get(mark)]

    @property
    def description(self) -> str:
        """What it is, from the model's docstring."""
        return (self.model.__doc__ or "").strip()

    def empty(self) -> pl.DataFrame:
        """A frame of these columns with no rows."""
        return pl.DataFrame(schema=self.schema)


@dataclass(frozen=True)
class Contract(Statement):
    """One table: its model and what the model cannot say.

    The name is also the landing folder of a landed table. The key identifies a row within a
    business date, for results.

    Attributes:
        stage: schema in the warehouse.
        mode: `events` keeps every row; `state` means that the newest row of a key holds until a
            newer one is sent; `result` is a table that plenish computes, one slice a business date.
        date: column that dates a row, for events (the file's business date otherwise).
        references: column -> where its values must be known; a row with another is set aside.
        mentions: column -> where its values should be known; a row with another is named.
        everywhere: columns of these in which `EVERYWHERE` stands for all.
        retain: business dates kept, or None for all.
    """

    stage: str
    mode: Mode
    date: str | None = None
    references: Mapping[str, Reference] = field(default_factory=dict)
    mentions: Mapping[str, Target] = field(default_factory=dict)
    everywhere: tuple[str, ...] = ()
    retain: int | None = None

    @property
    def made_schema(self) -> pl.Schema:
        """Columns and types of a slice as it is made: all but its business date."""
        whole = self.schema
        return pl.Schema({name: dtype for name, dtype in whole.items() if name != "business_date"})

    @property
    def table(self) -> str:
        """Qualified name in the warehouse."""
        return f"{self.stage}.{self.name}"

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with the contract's columns only, in order and in type, sorted by key.

        Raises:
            polars.exceptions.PolarsError: a column is missing or cannot be cast.
            pandera.errors.SchemaErrors: a value breaks the contract; lists every case.
        """
        conformed = frame.select(
            pl.col(name).cast(dtype) for name, dtype in self.schema.items()
        ).sort(self.key)
        self.model.validate(conformed)
        return conformed


CONTRACTS: dict[str, Contract] = {}
"""Every contract by table name, in the order in which they are stated."""


def _register(contract: Contract) -> None:
    if contract.name in CONTRACTS:
        msg = f"two contracts are named {contract.name}"
        raise ValueError(msg)
    unknown = set(contract.key) - set(contract.columns)
    if unknown:
        msg = f"{contract.name}: key columns {sorted(unknown)} are not columns"
        raise ValueError(msg)
    CONTRACTS[contract.name] = contract


def _state_contract(model: type[Table], **fields: Any) -> type[Table]:
    _register(Contract(model=model, **fields))
    return model


SKU = {"sku": ("products", "sku")}
LOCATION = {"location": ("locations", "location")}
CURRENCY = {"currency": ("products", "currency")}
REGION = {"region": ("locations", "region")}
SUPPLIER = {"supplier": ("suppliers", "supplier")}


def landed(  # noqa: PLR0913  # what a model cannot say of a source
    name: str,
    mode: Mode,
    *,
    key: tuple[str, ...],
    date: str | None = None,
    references: Mapping[str, Reference] | None = None,
    mentions: Mapping[str, Target] | None = None,
    everywhere: tuple[str, ...] = (),
) -> Callable[[type[Table]], type[Table]]:
    """Register the contract of a landing source; see `Contract`."""
    return lambda model: _state_contract(
        model,
        name=name,
        stage="landing",
        key=key,
        mode=mode,
        date=date,
        references=dict(references or {}),
        mentions=dict(mentions or {}),
        everywhere=everywhere,
    )


def result(
    name: str, stage: str, *, key: tuple[str, ...], retain: int | None = None
) -> Callable[[type[Table]], type[Table]]:
    """Register the contract of a table that plenish computes; see `Contract`.

    The key is unique within a business date.
    """
    return lambda model: _state_contract(
        model, name=name, stage=stage, key=key, mode="result", retain=retain
    )


def find_breach() -> type[Exception]:
    """The error that a frame raises which breaks its contract; to be asked once one was raised."""
    from pandera.errors import SchemaErrors  # noqa: PLC0415  # slow to import

    error: type[Exception] = SchemaErrors
    return error


def find_contract(model: type[Table]) -> Contract:
    """The contract that `model` states."""
    return next(contract for contract in CONTRACTS.values() if contract.model is model)


def list_landing_sources() -> dict[str, Contract]:
    """Contracts of the landing sources, masters first, so that keys are known when used."""
    return {name: c for name, c in CONTRACTS.items() if c.stage == "landing"}
