"""The benchmark of events counts what is lost and doubled."""

from datetime import date

import polars as pl
import pytest

from benchmarks.events import _sum_up, _Told


@pytest.mark.parametrize(
    ("numbers", "lost", "doubled"), [([[0, 1], [2, 3]], 0, 0), ([[0, 1], [1, 3]], 1, 1)]
)
def test_what_is_lost_and_doubled_is_counted(tmp_path, numbers, lost, doubled):
    folder = tmp_path / "landing" / "pos_sales"
    folder.mkdir(parents=True)
    for part, found in enumerate(numbers):
        receipts = pl.DataFrame({"receipt": [f"R{number}" for number in found]})
        receipts.write_parquet(folder / f"{date(2025, 9, 30)}_events-{part:08d}.parquet")
    told = [_Told(waits=[0.1, 0.3], repeated=2), _Told(waits=[0.2], failures=1)]
    figures = _sum_up(tmp_path, 4, 2.0, told, [1.5])
    assert (figures["lost"], figures["doubled"], figures["parts"]) == (lost, doubled, 2)
    assert (figures["repeated"], figures["sent_again"], figures["kills"]) == (2, 1, 1)
    assert (figures["events_per_second"], figures["median_ms"]) == (2.0, 200.0)
