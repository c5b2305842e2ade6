"""The contract of a mapping file: all that may be said of how a source is made from raw files."""

import codecs
from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from quality_checks.contracts import PolicyModel

Scalar = str | int | float | bool | date
"""A value as YAML has it."""


def _as_text(value: object) -> object:
    """Codes are often digits, which YAML takes for numbers."""
    if isinstance(value, bool):
        raise ValueError("put it in quotes: YAML takes yes, no, on and off for true and false")  # noqa: TRY004  # pydantic asks for a ValueError
    return str(value) if isinstance(value, int) else value


def _as_fraction(value: object) -> object:
    """The number of a fraction written as text: 1/1.19."""
    if not isinstance(value, str):
        return value
    above, stroke, below = value.partition("/")
    try:
        return float(above) / float(below) if stroke else float(above)
    except (ValueError, ZeroDivisionError):
        return value


Code = Annotated[str, BeforeValidator(_as_text)]
Factor = Annotated[float, BeforeValidator(_as_fraction), Field(gt=-1e12, lt=1e12)]


def write_scalar(value: Scalar) -> str:
    """A value of a mapping as a landing file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


class NumberForm(PolicyModel):
    """How numbers are written.

    Attributes:
        decimal: mark before the decimals; where it is not stated, their column tells.
        thousands: mark between thousands; empty where there is none.
        minus: where the sign of a negative number stands, or brackets around the number. One in
            front is always read.
        unit: text that may stand before or behind the number, such as EUR or kg.
    """

    decimal: Literal[".", ","] | None = None
    thousands: Literal["", ".", ",", " ", "'"] = ""
    minus: Literal["front", "behind", "brackets"] = "front"
    unit: str = ""

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.thousands and self.thousands == (self.decimal or "."):
            raise ValueError("decimal and thousands have the same mark")
        return self


class RawForm(PolicyModel):
    """How a raw file is written.

    Attributes:
        encoding: of its text: utf-8, windows-1252, utf-16, cp850 and others that Python knows.
        separator: between fields.
        quote: around fields that hold separators.
        header: line on which the names of the columns stand, or the names where no line has them.
        ends_open: whether the last line of its files has no line break; else one is a sign that
            the file was cut.
        empty: values that mean missing, besides an empty field.
        trim: whether blanks around values are taken away.
        numbers: how numbers are written.
        dates: form of days, such as "%d.%m.%Y".
        times: form of times, such as "%d.%m.%Y %H:%M".
        zone: time zone of times that name none; they are local where none is stated.
        local_zone: time zone of the locations; times of another zone are turned into it.
        x12: the X12 transaction set that its files hold: 855, answers of suppliers to orders, or
            856, ship notices. Their rows have the columns of the source.

    Of a parquet file only `empty`, `trim` and `local_zone` count: its values have types.
    """

    encoding: str = "utf-8"
    separator: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    header: Annotated[int, Field(ge=1, le=1000)] | list[str] = 1
    ends_open: bool = False
    empty: list[Code] = Field(default_factory=list)
    trim: bool = True
    numbers: NumberForm = NumberForm()
    dates: str | None = None
    times: str | None = None
    zone: str | None = None
    local_zone: str | None = None
    x12: Literal["855", "856"] | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001  # Python says it nowhere else
        except (LookupError, ValueError):
            text = False
        if not text:
            raise ValueError(f"{name!r} is no encoding of text that is known here")
        return name

    @field_validator("zone", "local_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return name and ZoneInfo(name).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone, as Europe/Berlin is") from error

    @model_validator(mode="after")
    def _zone_into_zone(self) -> Self:
        if self.zone and not self.local_zone:
            raise ValueError("zone needs local_zone, the time zone of the locations")
        for form in (self.dates, self.times):
            if form is not None and "%" not in form:
                raise ValueError(f"{form!r} is no form of days or times, as %d.%m.%Y is")
        return self


class RowRule(PolicyModel):
    """Tells rows by a raw column: by its values, or by the sign of its number.

    Attributes:
        column: raw column.
        values: what it must be; "" is an empty field.
        sign: what its number must be.
    """

    column: str
    values: list[Code] | None = None
    sign: Literal["positive", "negative", "zero"] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.values is None) == (self.sign is None):
            raise ValueError("state values or sign, one of the two")
        return self


class UnitFactors(PolicyModel):
    """Factors of a number by the unit that its row names.

    Attributes:
        column: raw column of the unit.
        factors: unit -> base units that one of it is.
    """

    column: str
    factors: dict[Code, Factor]


class ColumnRule(PolicyModel):
    """Where a column of the source comes from, and what is done to it.

    Attributes:
        taken_from: raw column, or several whose values are joined by `join` (in a file: from).
        constant: the value of all rows.
        file_date: true for the business date of the file, or a time on it, such as "22:00".
        number_within: raw column of a document, whose rows are numbered from 1 as they stand.
        join: what stands between the values of several raw columns.
        codes: raw value -> value; others are set aside, or are `otherwise`.
        otherwise: the value of those that `codes` does not name.
        missing: the value where the raw one is missing.
        numbers: how its numbers are written, where that differs from `read`.
        form: of its days or times, where that differs from `read`.
        percent: a percentage, with or without its sign, that becomes a share.
        factor: what a number is multiplied by; a fraction may be written, such as 1/1.19.
        factor_by: factors by the unit that the row names.
        times: raw column of another number that it is multiplied by, such as that of the units.
        zero_fill: characters that a key has at least; zeros are put before shorter ones.
    """

    taken_from: str | list[str] | None = Field(default=None, alias="from")
    constant: Scalar | None = None
    file_date: str | bool | None = None
    number_within: str | None = None
    join: str = " "
    codes: dict[Code, Scalar] | None = None
    otherwise: Scalar | None = None
    missing: Scalar | None = None
    numbers: NumberForm | None = None
    form: str | None = None
    percent: bool = False
    factor: Factor | None = None
    factor_by: UnitFactors | None = None
    times: str | None = None
    zero_fill: Annotated[int, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = (self.taken_from, self.constant, self.file_date or None, self.number_within)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("state one of from, constant, file_date and number_within")
        if self.taken_from is None and self.changes:
            raise ValueError("only what is taken from raw columns can be changed")
        if self.otherwise is not None and self.codes is None:
            raise ValueError("otherwise needs codes")
        return self

    @property
    def changes(self) -> bool:
        """Whether anything is done to the value."""
        return bool(
            self.model_fields_set - {"taken_from", "constant", "file_date", "number_within"}
        )

    @property
    def raw_columns(self) -> list[str]:
        """Raw columns that it reads."""
        taken = [self.taken_from] if isinstance(self.taken_from, str) else self.taken_from or []
        within = [self.number_within] if self.number_within else []
        others = [self.times] if self.times else []
        return [*taken, *within, *others, *([self.factor_by.column] if self.factor_by else [])]


class Mapping(PolicyModel):
    """How a landing source is made from raw files.

    Attributes:
        files: their names: `*` stands for anything, `{date:%Y%m%d}` for the business date.
        folder: below raw/ in the data folder; that of the source by default.
        file_date: business date of all of them, where their names have none.
        days_earlier: days that the business date lies before the date in the name.
        split_by: column of the source by whose day rows are put into a file of their own; where
            raw files overlap, the newest row of a key stands.
        read: how they are written.
        fill_down: raw columns that are empty where they are as in the row above.
        keep: rules that rows must fit, all of them; others are left out.
        leave_out: rules by any of which rows are left out, such as totals.
        sql: a SELECT over the table `raw`, run by DuckDB, whose result takes the place of raw rows.
        columns: column of the source -> raw column, or a rule.
    """

    files: str
    folder: str | None = Field(default=None, pattern=r"^[\w-]+$")
    file_date: date | None = None
    days_earlier: Annotated[int, Field(ge=0, le=31)] = 0
    split_by: str | None = None
    read: RawForm = RawForm()
    fill_down: list[str] = Field(default_factory=list)
    keep: list[RowRule] = Field(default_factory=list)
    leave_out: list[RowRule] = Field(default_factory=list)
    sql: str | None = None
    columns: dict[str, ColumnRule] = Field(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _said(cls, columns: object) -> object:
        """A raw column's name alone is the rule that takes it."""
        if not isinstance(columns, dict):
            return columns
        return {
            name: {"from": rule} if isinstance(rule, str) else rule
            for name, rule in columns.items()
        }

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        stated = ("{date:" in self.files, self.file_date is not None, self.split_by is not None)
        if sum(stated) != 1:
            raise ValueError(
                "the business date must come from one of {date:...} in files, file_date, split_by"
            )
        if not self.columns and not self.sql and not self.read.x12:
            raise ValueError("state columns, sql or both")
        return self
