"""How an asset of a result table is made: compute, check, write, report.

The factory takes a function that returns a frame and what its checks found. Everything that an
analyst sees of a table in the UI (group, owners, columns, constraints, row count, a look at the
rows, check results with the rows at fault) is derived here from the contract, once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from inspect import cleandoc
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from inventory_assets.framework.computed import Computed
from inventory_assets.framework.groups import name_group
from inventory_assets.framework.inputs import Declared, Inputs
from inventory_assets.framework.items_book import note_items
from inventory_assets.framework.making import Plan, make_slices
from inventory_assets.framework.partitions import business_dates
from inventory_assets.framework.plain_text import neutralise_formulas, write_markdown_text
from inventory_assets.framework.retailer import Retailer
from inventory_assets.framework.reuse import (
    CYCLE_JOB,
    find_marks,
    forget_inputs,
    hash_inputs,
    hash_premises,
    is_standing,
    keep_inputs,
)
from quality_checks.checks import ITEMS_CALCULATED, Check, Outcome
from quality_checks.contracts import CONTRACTS, Contract, describe_check, find_breach

OWNERS = {
    "landing": "team:data-engineering",
    "inventory": "team:inventory-analytics",
    "demand": "team:supply-chain-science",
    "supply": "team:supply-management",
    "plans": "team:supply-chain-science",
    "signals": "team:planning",
    "actions": "team:planning",
    "exports": "team:data-engineering",
    "reporting": "team:planning",
}
CONTRACT = Check("contract", "Every row holds the table's contract.", blocking=True)

_PREVIEW_ROWS = 10
_FAILING_ROWS_SHOWN = 20
_LARGE = 1000


def make_asset_key(name: str) -> dg.AssetKey:
    """Asset key of a table: its stage and its name."""
    return dg.AssetKey([CONTRACTS[name].stage, name])


def make_column_schema(contract: Contract) -> dg.TableSchema:
    """The contract as the UI shows it: types, meanings, units and constraints."""
    columns = []
    for name, column in contract.model.stated_columns.items():
        unit = column.metadata.get("unit")
        columns.append(
            dg.TableColumn(
                name,
                str(contract.schema[name].base_type()),
                description=f"{column.description}{f' [{unit}]' if unit else ''}",
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    other=[describe_check(check) for check in column.checks],
                ),
            )
        )
    return dg.TableSchema(columns)


def show_rows(frame: pl.DataFrame, rows: int) -> dg.MarkdownMetadataValue:
    """The first rows of a frame as a table that the UI shows."""
    cells = frame.head(rows)
    header = f"| {' | '.join(cells.columns)} |\n|{'---|' * len(cells.columns)}"
    body = "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in cells.iter_rows())
    return dg.MetadataValue.md(f"{header}\n{body}")


def _cell(value: object) -> str:
    """Shorten a value so that it is easy to read and cannot break the table it stands in."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"
    return write_markdown_text(" ".join(str(value).split()))


def result_asset(  # noqa: PLR0913  # what an asset declares
    name: str,
    *,
    reads: Sequence[str],
    earlier: Sequence[str] = (),
    after: Sequence[str] = (),
    checks: Sequence[Check] = (),
    group: str | None = None,
    by_item: bool = False,
    separable: bool = False,
    closed_days: bool = False,
) -> Callable[[Callable[[Inputs], Computed]], dg.AssetsDefinition]:
    """Make the asset of result table `name` from a function that computes its slice.

    Args:
        name: result table; gives key, group, description, owner, column schema.
        reads: tables of the business date that it reads, by name.
        earlier: tables of which it reads earlier business dates, or what its own runs left.
        after: tables that it waits for without reading them.
        checks: checks whose outcomes the function returns; the contract is checked besides.
        group: group in the asset graph, where it is not the table's stage.
        by_item: set an item aside that breaks the calculation; see `result_assets`.
        separable: in a cycle calculate only items of which something is read anew; see there.
        closed_days: see sales and returns of days that have closed alone; see there.
    """

    def decorate(compute: Callable[[Inputs], Computed]) -> dg.AssetsDefinition:
        def alone(inputs: Inputs) -> list[Computed]:
            return [compute(inputs)]

        return result_assets(
            {name: checks},
            reads=reads,
            earlier=earlier,
            after=after,
            group=group,
            by_item=by_item,
            separable=separable,
            closed_days=closed_days,
        )(alone)

    return decorate


def result_assets(  # noqa: PLR0913  # what assets declare
    tables: Mapping[str, Sequence[Check]],
    *,
    reads: Sequence[str],
    earlier: Sequence[str] = (),
    after: Sequence[str] = (),
    group: str | None = None,
    by_item: bool = False,
    separable: bool = False,
    closed_days: bool = False,
) -> Callable[[Callable[[Inputs], Sequence[Computed]]], dg.AssetsDefinition]:
    """Make the assets of result tables that one function computes together.

    Args:
        tables: result table -> its checks, in the order in which the function returns slices.
        reads: tables of the business date that they read, by name.
        earlier: tables of which they read earlier business dates, or what their own runs left. No
            edge of the graph, which has one node for all dates of a table; the metadata name them.
        after: tables that they wait for without reading them.
        group: group in the asset graph, where it is not the tables' stage.
        by_item: set an item aside that breaks the calculation, or a contract by its result, and
            name it in the check `items_calculated` of the first table. The function is called again
            then, so it may do nothing but read and calculate.
        separable: the rows of an item follow from what is read of it and of no item, and what is
            read of other items changes none of them; so a cycle calculates those alone of which
            something else is read than before.
        closed_days: no query sees sales or returns of a day that is still open, so what comes of
            it by day leaves the slices as they are, and a cycle need not read to know it.
    """
    declared = Declared("+".join(tables), frozenset(reads), frozenset(earlier), closed_days)
    contracts = {make_asset_key(name): CONTRACTS[name] for name in tables}
    specs = [
        dg.AssetSpec(
            key,
            deps=[make_asset_key(dep) for dep in (*reads, *after)],
            description=cleandoc(contract.description),
            group_name=name_group(group or contract.stage),
            owners=[OWNERS[contract.stage]],
            kinds={"duckdb", "polars"},
            metadata={
                "dagster/column_schema": make_column_schema(contract),
                **({"reads earlier dates of": ", ".join(earlier)} if earlier else {}),
            },
        )
        for key, contract in contracts.items()
    ]
    check_specs = [
        make_check_spec(check, key)
        for key, checks in zip(contracts, tables.values(), strict=True)
        for check in (CONTRACT, *checks)
    ]
    if by_item:
        check_specs.append(make_check_spec(ITEMS_CALCULATED, next(iter(contracts))))

    def decorate(
        compute: Callable[[Inputs], Sequence[Computed]],
    ) -> dg.AssetsDefinition:
        plan = Plan(declared, list(contracts.values()), compute, by_item, separable)

        @dg.multi_asset(
            name=next(iter(contracts)).to_python_identifier(),
            specs=specs,
            check_specs=check_specs,
            partitions_def=business_dates,
            pool="warehouse",
            can_subset=len(contracts) > 1,
        )
        def assets(
            context: dg.AssetExecutionContext, retailer: Retailer
        ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
            business_date = date.fromisoformat(context.partition_key)
            chosen = context.selected_asset_keys
            of_run = [contract for key, contract in contracts.items() if key in chosen]
            # Policies may change while an asset is made: it may have been made by those of before.
            premises = hash_premises(retailer, business_date)
            made_from = hash_inputs(retailer, declared, business_date, premises)
            in_cycle = context.run.job_name == CYCLE_JOB
            if in_cycle and is_standing(retailer, declared, business_date, made_from):
                yield from _report_slices(of_run, retailer, business_date)
                return
            before = find_marks(retailer, declared, business_date, premises) if in_cycle else None
            forget_inputs(retailer, declared, business_date)
            made = make_slices(plan, retailer, business_date, before)
            if made.slices is None:
                yield from _report_slices(of_run, retailer, business_date)
            else:
                for contract, computed in zip(plan.contracts, made.slices, strict=True):
                    if contract in of_run:
                        yield materialize(
                            retailer, contract, business_date, computed, pictures=not in_cycle
                        )
            if chosen >= contracts.keys():
                keep_inputs(
                    retailer, declared, made.inputs, made_from, marks=made.marks, premises=premises
                )

        return assets

    return decorate


def _report_slices(
    contracts: Collection[Contract], retailer: Retailer, business_date: date
) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Report slices that stand."""
    for contract in contracts:
        yield report_standing(retailer, contract, business_date)


def materialize(
    retailer: Retailer,
    contract: Contract,
    business_date: date,
    computed: Computed,
    *,
    pictures: bool = True,
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Write a slice and report it with its check results.

    Args:
        retailer: whose slice it is.
        contract: of the table.
        business_date: of the slice.
        computed: the slice, what its checks found, and what is shown beside it.
        pictures: whether its pictures are drawn, which takes longer than many a calculation.

    Raises:
        dagster.Failure: a row breaks the contract; nothing is written then.
    """
    try:
        stored = retailer.warehouse.write(contract, business_date, computed.frame)
    except (find_breach(), ValueError) as error:
        failing = getattr(error, "failure_cases", pl.DataFrame({"error": [str(error)]}))
        broken = CONTRACT.found(failing, f"{contract.table}: rows break the contract")
        results = report_outcomes(retailer, contract, business_date, [broken])
        raise dg.Failure(
            f"{contract.table}: rows break the contract; nothing was written",
            metadata=results[0].metadata,
        ) from error
    outcomes = [CONTRACT.found(stored.clear(), ""), *computed.outcomes]
    return dg.MaterializeResult(
        asset_key=make_asset_key(contract.name),
        metadata={
            "dagster/row_count": len(stored),
            "rows": show_rows(stored.drop("business_date", strict=False), _PREVIEW_ROWS),
            **computed.show(pictures=pictures),
        },
        check_results=report_outcomes(retailer, contract, business_date, outcomes),
    )


def report_standing(
    retailer: Retailer, contract: Contract, business_date: date
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Report a slice that stands, with what its checks found when it was made."""
    outcomes = retailer.warehouse.read(CONTRACTS["check_outcomes"], business_date)
    found = outcomes.filter(asset=contract.table)
    return dg.MaterializeResult(
        asset_key=make_asset_key(contract.name),
        metadata={"stands": True},
        check_results=[
            _report(row["check"], contract, row["passed"], row["blocking"], row["message"], {})
            for row in found.iter_rows(named=True)
        ],
    )


def make_check_spec(check: Check, key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check as Dagster knows it."""
    return dg.AssetCheckSpec(
        check.name,
        asset=key,
        description=check.description,
        blocking=check.blocking,
    )


def report_outcomes(
    retailer: Retailer, contract: Contract, business_date: date, outcomes: Sequence[Outcome]
) -> list[dg.AssetCheckResult]:
    """Report outcomes to Dagster; keep them in the warehouse, and the rows at fault in a file."""
    files = [_failing_file(retailer, contract, business_date, outcome) for outcome in outcomes]
    _record(retailer, contract, business_date, zip(outcomes, files, strict=True))
    note_items(retailer, contract, business_date, outcomes)
    return [
        _report(
            outcome.check.name,
            contract,
            outcome.passed,
            outcome.check.blocking,
            outcome.message,
            {}
            if file is None
            else {
                "failing rows": len(outcome.failing),
                "first": show_rows(outcome.failing, _FAILING_ROWS_SHOWN),
                "all of them": dg.MetadataValue.path(retailer.data / file),
            },
        )
        for outcome, file in zip(outcomes, files, strict=True)
    ]


def _report(  # noqa: PLR0913, PLR0917  # what Dagster is told
    name: str,
    contract: Contract,
    passed: bool,  # noqa: FBT001  # as it was found
    blocking: bool,  # noqa: FBT001
    message: str,
    metadata: dict[str, Any],
) -> dg.AssetCheckResult:
    """What a check found, as Dagster is told."""
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=make_asset_key(contract.name),
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description=message or None,
        metadata=metadata,
    )


def _record(
    retailer: Retailer,
    contract: Contract,
    business_date: date,
    found: Iterable[tuple[Outcome, Path | None]],
) -> None:
    """Keep what the checks of a table found, in place of what they found before."""
    kept = CONTRACTS["check_outcomes"]
    rows = [
        {
            "business_date": business_date,
            "asset": contract.table,
            "check": outcome.check.name,
            "passed": outcome.passed,
            "blocking": outcome.check.blocking,
            "message": outcome.message,
            "failing_rows": len(outcome.failing),
            "failing_file": None if file is None else file.as_posix(),
            "remedy": outcome.check.remedy,
        }
        for outcome, file in found
    ]
    frame = pl.DataFrame(rows, schema=kept.schema)
    retailer.warehouse.replace_part(kept, [business_date], {"asset": contract.table}, frame)


def _failing_file(
    retailer: Retailer, contract: Contract, business_date: date, outcome: Outcome
) -> Path | None:
    """Where the rows at fault are written, below the data folder; None where there are none."""
    relative = Path("checks") / business_date.isoformat()
    relative /= f"{contract.stage}.{contract.name}.{outcome.check.name}.csv"
    path = retailer.data / relative
    if outcome.passed:
        path.unlink(missing_ok=True)
        return None
    (retailer.data / "checks").mkdir(mode=0o750, parents=True, exist_ok=True)
    path.parent.mkdir(exist_ok=True)
    neutralise_formulas(outcome.failing).write_csv(path)
    return relative
