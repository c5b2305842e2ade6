"""Metrics of plans and of the endpoint, and alert rules that name nothing else."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from simulated import LAST, warehouse_of

from inventory_assets.cli.metrics import tell_metrics
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import CONTRACTS
from receiving.metrics import Metrics
from receiving.receiver import Receiver

PROJECT = Path(__file__).resolve().parents[2]
RULES = yaml.safe_load((PROJECT / "monitoring" / "alerts.yaml").read_text())
FUNCTIONS = {"sum", "rate", "increase", "time", "histogram_quantile", "by", "on", "group_right"}
WORDS = FUNCTIONS | {"and", "le", "status", "outcome", "source", "blocking", "work", "stage"}


def read(text):
    """Samples by name: labels and value of each."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.fixture(scope="module")
def of_plan(planned, tmp_path_factory):
    root = tmp_path_factory.mktemp("planned") / "data"
    shutil.copytree(planned, root)
    out = root / "plenish.prom"
    tell_metrics(Workplace.at(root), out, Console())
    return root, read(out.read_text())


@pytest.fixture(scope="module")
def of_endpoint(tmp_path_factory):
    receiver = Receiver(tmp_path_factory.mktemp("data"), seconds=300)
    metrics = Metrics(receiver)
    metrics.count_request(200)
    metrics.count_taken("pos_sales", new=True)
    metrics.count_taken("pos_sales", new=False)
    metrics.count_refused(3)
    with metrics.wait.time():
        pass
    text = metrics.write_text().decode()
    receiver.close()
    return read(text)


def test_a_plan_tells_its_date_sources_checks_queues_and_model(of_plan):
    root, found = of_plan
    midnight = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC).timestamp()
    assert found["plenish_plan_business_date"] == [({}, midnight)]
    newest = {labels["source"]: value for labels, value in found["plenish_source_business_date"]}
    assert newest["pos_sales"] == newest["stock"] == midnight
    assert newest["products"] <= midnight
    outcomes = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST)
    failed = {labels["blocking"]: value for labels, value in found["plenish_checks_failed"]}
    assert failed == {"true": 0, "false": outcomes.filter(passed=False).height}
    waits = warehouse_of(root).read(CONTRACTS["worklist"], LAST)
    asked = sum(value for _, value in found["plenish_actions_waiting"])
    assert asked == waits["missing_roles"].str.split(";").list.len().sum() > 0
    assert found["plenish_champion_trained_on"] == [({}, 0)]


def test_a_run_tells_how_long_it_took_by_stage(of_plan):
    root, found = of_plan
    kept = warehouse_of(root).read(CONTRACTS["run_times"], LAST)
    assert kept["run"].n_unique() == 1
    told = {(one["work"], one["stage"]): value for one, value in found["plenish_run_seconds"]}
    stages = {"landing", "inventory", "demand", "supply", "plans", "signals", "actions", "exports"}
    books = {"reporting", "waited", "between"}
    assert told.keys() == {("nightly", stage) for stage in stages | books}
    assert all(value > 0 for value in told.values())
    ((labels, began),) = found["plenish_run_started_timestamp_seconds"]
    assert labels == {"work": "nightly"}
    last_file = max(path.stat().st_mtime for path in root.glob("landing/*/*"))
    assert began - told["nightly", "waited"] == pytest.approx(last_file, abs=1)
    whole = sum(value for (_, stage), value in told.items() if stage != "waited")
    logged = max(path.stat().st_mtime for path in root.glob("exports/*/*/*"))
    assert 0 < logged - began < whole + 1


def test_the_endpoint_counts(of_endpoint):
    told = of_endpoint["plenish_events_total"]
    events = {(labels["source"], labels["outcome"]): value for labels, value in told}
    assert events == {
        ("pos_sales", "taken"): 1,
        ("pos_sales", "repeated"): 1,
        ("", "refused"): 3,
    }
    assert of_endpoint["plenish_event_requests_total"] == [({"status": "200"}, 1)]
    assert of_endpoint["plenish_events_waiting"] == [({}, 0)]


def names_in(expression):
    """Metrics and words of an expression, what stands in quotes and ranges left out."""
    bare = re.sub(r'"[^"]*"|\[\w+\]', "", expression)
    return set(re.findall(r"[a-z_]{2,}", bare))


@pytest.mark.parametrize(
    "rule", [rule for group in RULES["groups"] for rule in group["rules"]], ids=lambda r: r["alert"]
)
def test_a_rule_names_metrics_that_are_there(rule, of_plan, of_endpoint):
    assert {"alert", "expr", "labels", "annotations"} <= rule.keys() <= {*rule, "for"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    names = names_in(rule["expr"]) - WORDS
    assert names
    assert names <= {*of_plan[1], *of_endpoint}
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_alerts_are_named_once():
    names = [rule["alert"] for group in RULES["groups"] for rule in group["rules"]]
    assert len(names) == len(set(names))
