"""The event log that stays open: Dagster's own files, few of them open, and none that is gone."""

import threading
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.event_api import EventLogCursor
from dagster._core.storage.event_log import EventLogStorage, SqliteEventLogStorage
from sqlalchemy.event import listens_for

from inventory_assets.asset_answers import AssetAnswers
from inventory_assets.event_log import OPEN_SHARDS, OpenEventLogStorage


@dg.asset
def counted() -> dg.MaterializeResult:  # type: ignore[type-arg]
    """An asset that says a number."""
    return dg.MaterializeResult(metadata={"number": 7})


def _instance(home: Path) -> dg.DagsterInstance:
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\nstorage:\n  custom:\n    module: inventory_assets.event_log\n"
        f"    class: OpenSqliteStorage\n    config: {{base_dir: {home}}}\n"
    )
    return dg.DagsterInstance.from_config(str(home))


def _types(storage: EventLogStorage[Any], run_id: str) -> list[str | None]:
    return [
        event.dagster_event.event_type_value if event.dagster_event else None
        for event in storage.get_logs_for_run(run_id)
    ]


def test_what_it_writes_dagsters_own_storage_reads(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        assert isinstance(instance.event_log_storage, OpenEventLogStorage)
        run_id = dg.materialize([counted], instance=instance).run_id
        # Another process would read while this one is still open.
        other = SqliteEventLogStorage(str(tmp_path / "home" / "history" / "runs"))
        read = _types(other, run_id)
        assert read == _types(instance.event_log_storage, run_id)
        assert "ASSET_MATERIALIZATION" in read
        event = other.get_latest_materialization_events([counted.key])[counted.key]
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["number"].value == 7


def test_who_watches_a_run_is_told_while_it_goes_on(tmp_path: Path) -> None:
    told = threading.Event()
    with _instance(tmp_path / "home") as instance:
        run = dg.materialize([counted], instance=instance).run_id
        # The web server is another process, with Dagster's way of watching.
        watching = SqliteEventLogStorage(str(tmp_path / "home" / "history" / "runs"))
        seen = len(_types(watching, run))
        cursor = str(EventLogCursor.from_storage_id(seen))
        watching.watch(run, cursor, lambda *_: told.set())
        instance.report_engine_event("still going on", run_id=run, job_name="counted")
        assert told.wait(timeout=20)
        assert len(_types(watching, run)) == seen + 1
        watching.dispose()


def test_few_databases_stay_open_and_all_can_be_read(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        runs = [dg.materialize([counted], instance=instance).run_id for _ in range(OPEN_SHARDS + 2)]
        open_files = [
            file.readlink().name for file in Path("/proc/self/fd").iterdir() if file.is_symlink()
        ]
        assert sum(name == f"{run}.db" for run in runs for name in open_files) < OPEN_SHARDS
        for run in runs:
            assert "ASSET_MATERIALIZATION" in _types(instance.event_log_storage, run)


def test_the_events_of_a_deleted_run_are_gone_and_others_are_not(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        gone, kept = (dg.materialize([counted], instance=instance).run_id for _ in range(2))
        instance.delete_run(gone)
        assert _types(instance.event_log_storage, gone) == []
        assert "ASSET_MATERIALIZATION" in _types(instance.event_log_storage, kept)


def test_a_database_that_is_taken_away_is_made_anew(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        run = dg.materialize([counted], instance=instance).run_id
        for file in (tmp_path / "home" / "history" / "runs").glob(f"{run}.db*"):
            file.unlink()
        assert _types(instance.event_log_storage, run) == []


def test_the_disk_is_waited_for_at_checkpoints_only(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        run = dg.materialize([counted], instance=instance).run_id
        storage = instance.event_log_storage
        assert isinstance(storage, OpenEventLogStorage)
        for connect in (storage.index_connection, lambda: storage.run_connection(run)):
            with connect() as connection:
                # A log that is written ahead is whole at any time, synchronous (1) at its copying.
                assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


DAYS = dg.StaticPartitionsDefinition(["monday", "tuesday"])


@dg.asset(partitions_def=DAYS)
def sold() -> dg.MaterializeResult:  # type: ignore[type-arg]
    """An asset of days."""
    return dg.MaterializeResult(metadata={"units": 3})


@dg.asset(
    partitions_def=DAYS,
    deps=[sold],
    check_specs=[dg.AssetCheckSpec("sound", asset="planned")],
)
def planned() -> dg.MaterializeResult:  # type: ignore[type-arg]
    """An asset that rests on another, and is checked."""
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def _run(instance: dg.DagsterInstance, day: str = "monday") -> str:
    return dg.materialize([sold, planned], instance=instance, partition_key=day).run_id


def _ask(storage: EventLogStorage[Any], day: str = "monday") -> list[object]:
    """All that a run asks of an asset, as what it is told says of itself."""
    of_day = dg.AssetRecordsFilter(asset_key=sold.key, asset_partitions=[day])
    found = storage.fetch_materializations(of_day, limit=1).records
    tags = storage.get_latest_tags_by_partition(
        sold.key, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"], [day]
    )
    records = storage.get_asset_records([sold.key, dg.AssetKey("unknown")])
    last = [each.asset_entry.last_materialization_record for each in records]
    return [
        [(each.storage_id, each.run_id) for each in found],
        tags,
        [(each.asset_entry.asset_key, each.asset_entry.last_run_id) for each in records],
        [each and (each.storage_id, each.run_id) for each in last],
    ]


def _ask_anew(home: Path, day: str = "monday") -> list[object]:
    fresh = SqliteEventLogStorage(str(home / "history" / "runs"))
    told = _ask(fresh, day)
    fresh.dispose()
    return told


def test_what_is_told_of_assets_is_what_dagster_would_tell(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _instance(home) as instance:
        storage = instance.event_log_storage
        seen = [_ask(storage)]
        _run(instance)
        seen.append(_ask(storage))
        assert _ask(storage) == seen[-1] == _ask_anew(home)
        _run(instance)
        seen.append(_ask(storage))
        assert seen[-1] == _ask_anew(home)
        _run(instance, "tuesday")
        assert [_ask(storage), _ask(storage, "tuesday")] == [
            _ask_anew(home),
            _ask_anew(home, "tuesday"),
        ]
        assert len({repr(each) for each in seen}) == len(seen)


def test_what_another_process_writes_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _instance(home) as instance:
        _run(instance)
        before = _ask(instance.event_log_storage)
        with dg.DagsterInstance.from_config(str(home)) as other:
            _run(other)
            assert _ask(instance.event_log_storage) == _ask_anew(home) != before


def test_an_asset_that_is_wiped_is_no_longer_told_of(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _instance(home) as instance:
        _run(instance)
        before = _ask(instance.event_log_storage)
        instance.wipe_assets([sold.key])
        assert _ask(instance.event_log_storage) == _ask_anew(home) != before


def test_what_is_told_twice_is_looked_for_once(tmp_path: Path) -> None:
    with _instance(tmp_path / "home") as instance:
        _run(instance)
        storage = instance.event_log_storage
        assert isinstance(storage, OpenEventLogStorage)
        asked: list[str] = []
        with storage.index_connection() as connection:
            listens_for(connection.engine, "before_cursor_execute")(
                lambda _connection, _cursor, statement, *_: asked.append(statement)
            )
        _ask(storage)
        first = len(asked)
        _ask(storage)
        assert first > 0
        assert len(asked) == first


def test_what_a_run_plans_is_kept_in_one_transaction(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _instance(home) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, OpenEventLogStorage)
        commits: list[object] = []
        with storage.index_connection() as connection:
            engine = connection.engine
        listens_for(engine, "commit")(commits.append)
        run = instance.create_run_for_job(
            dg.define_asset_job("both").resolve(
                asset_graph=dg.Definitions([sold, planned]).resolve_asset_graph()
            ),
            tags={"dagster/partition": "monday"},
        )
        plans = ["ASSET_MATERIALIZATION_PLANNED"] * 2 + ["ASSET_CHECK_EVALUATION_PLANNED"]
        assert sorted(filter(None, _types(storage, run.run_id))) == sorted(plans)
        assert len(commits) == 1
        (check,) = planned.check_keys
        assert len(storage.get_asset_check_execution_history(check, limit=9)) == 1
        assert _types(SqliteEventLogStorage(str(home / "history" / "runs")), run.run_id)


def test_what_another_thread_writes_while_one_asks_is_written_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    with _instance(home) as instance:
        _run(instance)
        storage = instance.event_log_storage
        assert len(storage.get_asset_records([sold.key])) == 1
        event = dg.AssetMaterialization(sold.key, partition="tuesday")
        writer = threading.Thread(target=instance.report_runless_asset_event, args=(event,))
        select = AssetAnswers.select_unasked

        def let_write(answers: AssetAnswers, keys: list[dg.AssetKey], kind: str) -> object:
            """The other thread has its turn between what is kept and what is told."""
            unasked = select(answers, keys, kind)
            writer.start()
            writer.join(timeout=3)
            return unasked

        with monkeypatch.context() as patched:
            patched.setattr(AssetAnswers, "select_unasked", let_write)
            assert len(storage.get_asset_records([sold.key])) == 1
        writer.join()
        assert _ask(storage, "tuesday") == _ask_anew(home, "tuesday")
