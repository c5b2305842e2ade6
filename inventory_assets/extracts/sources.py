"""One asset per landing source: make it from raw files, load what has come, judge it, say so."""

from collections.abc import Sequence
from datetime import date
from inspect import cleandoc

import dagster as dg

from connecting.judging import take_in_source
from inventory_assets.framework import (
    OWNERS,
    Retailer,
    business_dates,
    make_asset_key,
    make_check_spec,
    make_column_schema,
    name_group,
    report_outcomes,
    show_rows,
)
from inventory_assets.landing_state import find_newest_landed
from quality_checks.checks import list_checks
from quality_checks.contracts import Contract, list_landing_sources, list_targets
from warehouse import STAND_INS

_WAITING_SHOWN = 20


def _upstream(contract: Contract) -> Sequence[dg.AssetKey]:
    """Sources whose keys it names, or that stand in for it; they must be loaded before it."""
    named = list_targets({**contract.references, **contract.mentions})
    masters = {table for _, (table, _) in named} - {contract.name}
    return [make_asset_key(name) for name in sorted({*masters, *STAND_INS.get(contract.name, ())})]


def _source_asset(contract: Contract) -> dg.AssetsDefinition:
    key = make_asset_key(contract.name)

    @dg.asset(
        key=key,
        deps=_upstream(contract),
        description=cleandoc(contract.description),
        group_name=name_group("extracts"),
        owners=[OWNERS["landing"]],
        kinds={"duckdb", "file"},
        metadata={"dagster/column_schema": make_column_schema(contract)},
        partitions_def=business_dates,
        check_specs=[make_check_spec(check, key) for check in list_checks(contract.name)],
        pool="warehouse",
    )
    def source(context: dg.AssetExecutionContext, retailer: Retailer) -> dg.MaterializeResult:  # type: ignore[type-arg]
        business_date = date.fromisoformat(context.partition_key)
        taken = take_in_source(
            retailer.data,
            retailer.landing,
            retailer.warehouse,
            contract.name,
            business_date,
            misnamed=_name_beyond(retailer, contract, business_date),
            stop_after_days=retailer.planning_policy.stop_after_days,
        )
        loaded = taken.loaded
        context.log.info("%s", loaded)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": taken.row_count,
                "files made from raw ones": taken.made.written,
                "files loaded": loaded.files,
                "rows loaded": loaded.loaded_rows,
                "rows quarantined": loaded.quarantined_rows,
                "rows released": loaded.released_rows,
                "files refused": taken.refused,
                "notes": taken.made.notes + loaded.notes,
                "waiting in quarantine": show_rows(
                    taken.waiting.drop("payload", "file_id", "source", "status", "released_on"),
                    _WAITING_SHOWN,
                ),
            },
            check_results=report_outcomes(retailer, contract, business_date, taken.outcomes),
        )

    return source


def _name_beyond(retailer: Retailer, contract: Contract, business_date: date) -> list[str]:
    """Files of a source beyond the newest date, in words; of an earlier plan they are none."""
    newest = find_newest_landed(retailer.landing, contract.name)
    if newest.business_date is not None and business_date < newest.business_date:
        return []
    return newest.describe_beyond(contract.name)


assets = [_source_asset(contract) for contract in list_landing_sources().values()]
