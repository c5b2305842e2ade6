"""What the daemon starts makes landing files from raw ones first, as the command does."""

import dagster as dg
import pytest
from raw_files import DAY

from inventory_assets.extracts.sources import assets
from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT
from inventory_assets.sensors import landing_sensor

LINE = "007;12;1;30.09.2025;14:05;123;Hemd;{quantity};ST;23,80"


@pytest.fixture
def instance(tmp_path):
    with dg.instance_for_test(temp_dir=str(tmp_path)) as found:
        yield found


@pytest.fixture
def retailer(till):
    return Retailer(data_folder=str(till.root), policies_folder=str(PROJECT / "data" / "policies"))


def look(instance, retailer, cursor):
    given = {"instance": instance, "cursor": cursor, "resources": {"retailer": retailer}}
    with dg.build_sensor_context(**given) as context:
        return landing_sensor(context), context.cursor


def test_the_sensor_plans_what_raw_files_bring_and_what_a_mended_mapping_changes(
    till, instance, retailer
):
    till.sell(DAY, LINE.format(quantity=1))
    skipped, cursor = look(instance, retailer, None)
    assert "waiting until they keep still" in skipped.skip_message
    asked, _ = look(instance, retailer, cursor)
    (request,) = asked.run_requests
    assert request.partition_key == DAY.isoformat()
    skipped, cursor = look(instance, retailer, asked.cursor)
    assert skipped.skip_message == "nothing new has landed"
    mapping = till.root / "mappings" / "pos_sales.yaml"
    mapping.write_text(mapping.read_text().replace("1/1.19", "1/1.07"))
    skipped, cursor = look(instance, retailer, cursor)
    asked, _ = look(instance, retailer, cursor)
    assert len(asked.run_requests) == 1


def test_a_run_makes_what_it_loads_and_tells_what_it_could_not_use(till, instance, retailer):
    till.land_masters()
    till.sell(DAY, LINE.format(quantity=1), LINE.format(quantity="x"))
    till.drop("kasse/Umsatz.csv", "x\n")
    (sales,) = [asset for asset in assets if asset.key.path[-1] == "pos_sales"]
    for source in ("suppliers", "locations", "products"):
        retailer.warehouse.load(retailer.landing, source, DAY)
    done = dg.materialize(
        [sales], instance=instance, resources={"retailer": retailer}, partition_key=DAY.isoformat()
    )
    checks = {found.check_name: found.passed for found in done.get_asset_check_evaluations()}
    assert not checks["readable"]
    assert not checks["clean"]
    assert retailer.warehouse.known("pos_sales", DAY).height == 1
