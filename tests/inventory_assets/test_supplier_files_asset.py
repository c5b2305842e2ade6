"""What leaves approved lies ready for suppliers that policy names, and for no others."""

import shutil

import polars as pl
import pytest
from simulated import LAST, PROJECT, materialize, warehouse_of

from quality_checks.contracts import CONTRACTS


@pytest.fixture
def bought(planned):
    lines = warehouse_of(planned).read(CONTRACTS["export_lines"], LAST)
    return lines.filter(kind="purchase_order")


def test_orders_and_forecasts_lie_ready_for_those_that_policy_names(planned, bought, tmp_path):
    root = shutil.copytree(planned, tmp_path / "planned")
    assert not (root / "outbox").exists()
    supplier = bought["supplier"][0]
    policies = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    text = (policies / "planning.yaml").read_text()
    named = text.replace("files: {}", f"files: {{{supplier}: csv}}")
    named = named.replace("forecasts: []", f"forecasts: [{supplier}]")
    (policies / "planning.yaml").write_text(named)
    materialize(root, LAST, "supplier_files", "channel_files", policies=policies)
    (folder,) = (root / "outbox").iterdir()
    assert folder.name == supplier
    ordered = pl.read_csv(folder / f"{LAST}_1.csv")
    of_supplier = bought.filter(supplier=supplier)
    assert set(ordered["idempotency_key"]) >= set(of_supplier["idempotency_key"])
    told = pl.read_csv(folder / f"{LAST}_forecast.csv")
    items = warehouse_of(root).known("products", LAST).filter(supplier=supplier)
    assert set(told["sku"]) <= set(items["sku"])
    assert told["week"].n_unique() == 4
    files = warehouse_of(root).read(CONTRACTS["supplier_files"], LAST)
    assert files["form"].to_list() == ["csv", "forecast"]
    assert files["units"].to_list() == pytest.approx(
        [ordered["quantity"].sum(), told["units"].sum()], abs=0.1
    )


def test_buffers_lie_ready_for_the_channels_that_policy_names(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "planned")
    policies = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    text = (policies / "planning.yaml").read_text()
    buffers = warehouse_of(root).read(CONTRACTS["channel_buffers"], LAST)
    channel = buffers["channel"].sort()[0]
    asked = text.replace(
        "update_minutes: 60\n  files: []", f"update_minutes: 60\n  files: [{channel}]"
    )
    (policies / "planning.yaml").write_text(asked)
    materialize(root, LAST, "channel_files", policies=policies)
    (folder,) = (root / "outbox").iterdir()
    (path,) = folder.iterdir()
    assert (folder.name, path.name) == (channel, f"{LAST}_buffers.csv")
    told = pl.read_csv(path, schema_overrides={"sku": pl.String, "location": pl.String})
    own = buffers.filter(channel=channel)
    assert told.equals(own.select(told.columns).sort("sku", "location"))
    (file,) = warehouse_of(root).read(CONTRACTS["channel_files"], LAST).rows(named=True)
    assert (file["lines"], file["offered"]) == (own.height, own["offered"].sum())
    first = path.read_bytes()
    materialize(root, LAST, "channel_files", policies=policies)
    assert path.read_bytes() == first
