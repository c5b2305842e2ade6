"""The event log that stays open: Dagster's own files, few of them open, and none that is gone."""

import threading
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.event_api import EventLogCursor
from dagster._core.storage.event_log import EventLogStorage, SqliteEventLogStorage

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
