"""A night played with a kind of action that another package, `consignment`, declares.

Run as a program of its own: `night_with_consignments.py ROOT` on the data folder of a planned
retailer. What it saw comes out as a line of JSON.
"""

import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

import consignment  # noqa: F401  # declares the kind before what reads the kinds is loaded
import dagster as dg
import polars as pl
from rich.console import Console
from simulated import LAST, PROJECT

from governance import Decision
from governance.exchange import list_inbound_actions, read_batch
from governance.kinds.document import with_tables
from inventory_assets.cli.summary import print_summary
from inventory_assets.definitions import defs
from inventory_assets.framework.asset_factory import make_asset_key
from inventory_assets.framework.retailer import Retailer
from quality_checks.contracts import CONTRACTS
from quality_checks.document import describe_contracts

RULES = """\
  - name: consignment
    when: {kind: consignment}
    route: auto
    roles: [procurement]
"""


def policies(folder, shipped):
    """The shipped policies with a rule for consignments, and no money to go by itself."""
    folder.mkdir()
    for name in ("planning.yaml", "playbooks.yaml"):
        (folder / name).write_text((shipped / name).read_text())
    actions = (shipped / "actions.yaml").read_text()
    spent = actions.replace("auto_purchases: 50000", "auto_purchases: 0")
    (folder / "actions.yaml").write_text(spent.replace("rules:\n", f"rules:\n{RULES}"))
    return folder


def plan_rows(short):
    """One consignment each for the first pairs that have nothing to sell."""
    return short.head(2).select(
        "region",
        "sku",
        supplier=pl.lit("V"),
        destination="location",
        quantity=pl.lit(30),
        packs=pl.lit(3),
        fee=pl.lit(1.25),
        due_on=pl.lit(LAST + timedelta(days=2)),
        margin_kept=pl.lit(1_000_000.0),
        gain_chance=pl.lit(1.0),
        urgency_days=pl.lit(0.0),
        agreement=pl.format("A{}", pl.int_range(pl.len())),
        reason=pl.lit("supplier_offers"),
        binding=pl.lit("agreement"),
        rejected=pl.lit("none"),
    )


def shortages(retailer):
    """Pairs with nothing to sell, with what the routed actions of the night bring."""
    tonight = list_inbound_actions(
        *(retailer.warehouse.read(CONTRACTS[name], LAST) for name in ("proposals", "routed"))
    )
    nothing = pl.DataFrame(schema={"sku": pl.String, "location": pl.String})
    frames = {"tonight": tonight, "chosen": nothing}
    return (
        retailer.warehouse.query("shortages", LAST, frames=frames)
        .filter(state="out")
        .with_columns(planned=pl.col("planned_units").fill_null(0))
    )


def play(root):
    retailer = Retailer(
        data_folder=str(root),
        policies_folder=str(policies(root / "policies", PROJECT / "data" / "policies")),
    )

    def materialize(business_date, *names):
        done = dg.materialize(
            [*defs.assets],
            selection=[make_asset_key(name) for name in names],
            resources={"retailer": retailer},
            partition_key=business_date.isoformat(),
            instance=dg.DagsterInstance.ephemeral(),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert done.success

    def ours(table, business_date=LAST):
        frame = retailer.warehouse.read(CONTRACTS[table], business_date)
        return frame.join(actions, on="action_id", how="semi")

    # As if the plan had been made with the policies that name the kind.
    versions = CONTRACTS["plan_versions"]
    made = retailer.warehouse.read(versions, LAST).drop("business_date")
    ruled = made.with_columns(policy_hash=pl.lit(retailer.policy_hash))
    retailer.warehouse.write(versions, LAST, ruled)

    short = shortages(retailer)
    plan = plan_rows(short)
    retailer.warehouse.write(CONTRACTS["consignment_plan"], LAST, plan)
    materialize(LAST, "proposals")
    proposed = retailer.warehouse.read(CONTRACTS["proposals"], LAST).filter(kind="consignment")
    actions = proposed.select("action_id")
    first, second = proposed.sort("details")["action_id"]
    for action, role in ((first, "procurement"), (second, "buyer")):
        facts = {"action_id": action, "decision": "approve", "author": "ann", "role": role}
        at = datetime.combine(LAST, datetime.min.time())
        decision = Decision(decision_id=action, reason="agreed", decided_at=at, **facts)
        retailer.store.record_decisions([decision], at=at)
    materialize(
        LAST, "explanations", "routed", "worklist", "stock_health", "shortages", "export_lines"
    )
    printed = Console(file=io.StringIO(), width=200)
    print_summary(retailer, LAST, printed)
    day_after = LAST + timedelta(days=1)
    materialize(day_after, "plan_versions", "receipts_ahead", "position")
    pair = plan.head(1).select("sku", location="destination")
    position = retailer.warehouse.read(CONTRACTS["position"], day_after).join(pair, on=pair.columns)
    (batch,) = root.glob(f"exports/{LAST}/*/consignments.csv")
    page = (PROJECT / "docs" / "adding_a_kind.md").read_text()
    return {
        "deps": [key.path[-1] for key in dependencies("proposals")],
        "confidence": proposed["confidence"].to_list(),
        "routed": ours("routed").sort("status").select("rule", "status", "decided_by").rows(),
        "explanation": ours("explanations")
        .filter(action_id=first)
        .sort("step")
        .select("name", "value", "words", "source_table", "source_key", "source_column")
        .rows(),
        "explained": retailer.warehouse.read(CONTRACTS["check_outcomes"], LAST)
        .filter(check="explained")
        .select("passed", "failing_rows")
        .rows(),
        "explained pair": plan.select("sku", "destination").sort("sku", "destination").rows(),
        "worklist": ours("worklist").select("kind", "roles", "summary", "reasons").rows(),
        "batch": batch.read_text(),
        "read back": read_batch(batch.parent).lines["details"].to_list(),
        "planned more": (
            shortages(retailer).join(pair, on=pair.columns)["planned"].item()
            - short.join(pair, on=pair.columns)["planned"].item()
        ),
        "proposed inbound": position["proposed_inbound"].item(),
        # Every other kind that is planned brings each of its units.
        "others inbound": retailer.warehouse.read(CONTRACTS["export_lines"], LAST)
        .filter(pl.col("kind") != "consignment")
        .join(pair, left_on=["sku", "destination"], right_on=pair.columns, how="semi")["quantity"]
        .sum(),
        "summary": printed.file.getvalue(),
        "pages": [with_tables(page), describe_contracts()],
    }


def dependencies(name):
    (asset,) = [found for found in defs.assets if make_asset_key(name) in found.keys]
    return asset.dependency_keys


if __name__ == "__main__":
    sys.stdout.write(json.dumps(play(Path(sys.argv[1])), default=str))
