"""One asset per landing source: load what has come, judge it, say what was set aside."""

from collections.abc import Sequence
from datetime import date
from inspect import cleandoc

import dagster as dg

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
from quality_checks.checks import WEEK, judge_source, list_checks
from quality_checks.contracts import Contract, list_landing_sources, list_targets

_WAITING_SHOWN = 20


def _upstream(contract: Contract) -> Sequence[dg.AssetKey]:
    """Sources whose keys the source names; they must be loaded before it."""
    named = list_targets({**contract.references, **contract.mentions})
    masters = {table for _, (table, _) in named} - {contract.name}
    return [make_asset_key(master) for master in sorted(masters)]


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
        loaded = retailer.warehouse.load(retailer.landing, contract.name, business_date)
        context.log.info("%s", loaded)
        files = retailer.warehouse.files(contract.name, business_date)
        waiting = retailer.warehouse.waiting(contract.name, business_date)
        outcomes = judge_source(
            contract.name,
            business_date,
            files=files,
            misnamed=loaded.misnamed,
            waiting=waiting,
            overtaken=retailer.warehouse.overtaken(contract.name, business_date),
            unknown=retailer.warehouse.unknown_mentions(contract.name, business_date),
            misfits=retailer.warehouse.misfit_times(contract.name, business_date, days=WEEK),
            stop_after_days=retailer.planning_policy.stop_after_days,
        )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": int(files["loaded_rows"].sum()),
                "files loaded": loaded.files,
                "rows loaded": loaded.loaded_rows,
                "rows quarantined": loaded.quarantined_rows,
                "rows released": loaded.released_rows,
                "files refused": loaded.refused + loaded.misnamed,
                "notes": loaded.notes,
                "waiting in quarantine": show_rows(
                    waiting.drop("payload", "file_id", "source", "status", "released_on"),
                    _WAITING_SHOWN,
                ),
            },
            check_results=report_outcomes(retailer, contract, business_date, outcomes),
        )

    return source


assets = [_source_asset(contract) for contract in list_landing_sources().values()]
