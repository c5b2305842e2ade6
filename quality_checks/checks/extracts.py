"""Checks of a landing source: did it come, could it be read, is it clean, is it of usual size."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from quality_checks.checks.outcome import Check, Outcome
from quality_checks.contracts import CONTRACTS
from quality_checks.intake import judge_dirt

DAILY_SOURCES = ("pos_sales", "returns", "stock", "receipts")
"""Sources of which every business date must bring a file, were it empty."""

SIGNAL_SOURCES = (
    "weather",
    "events",
    "browsing",
    "stockout_hours",
    "stock_counts",
    "substitutes",
    "substitution_outcomes",
    "supplier_events",
    "supplier_returns",
    "node_refusals",
    "level_changes",
)
"""Sources that sharpen a plan, which is made without them: a broken file of one is named, too."""

ARRIVED = Check("arrived", "The file of the business date has come.")
NOT_TOO_LATE = Check(
    "not_too_late", "The newest file is young enough for policy to plan on.", blocking=True
)
READABLE = Check("readable", "No file was refused whole.")
CLEAN = Check(
    "clean",
    "No row of the business date's files, or of others that the run read, waits in quarantine.",
)
CLEAN_ENOUGH = Check(
    "clean_enough",
    "Of each file of the business date, at most 5 % of the rows wait in quarantine, or a handful, "
    "those of the one location that has most of them left out.",
    blocking=True,
    remedy="Have the file sent again, mended, under the same name. Of unknown keys send the "
    "master, or leave such lines out by a mapping.",
)
SIGNALS_CLEAN = Check(
    "signals_clean",
    "Of each file of the business date, at most 5 % of the rows wait in quarantine, or a handful; "
    "the source only sharpens the plan, which is made by the rows that are sound.",
    remedy="Have the file sent again, mended, under the same name.",
)
NEWEST_STANDS = Check(
    "newest_stands",
    "No row that waits in quarantine is newer than the one in force of its key.",
    remedy="Correct these rows and send their file again: until then older ones are planned on.",
)
OLDER_CLEAN_ENOUGH = Check(
    "older_clean_enough",
    "Of each file of another date that the run read, at most 5 % of the rows are broken, or a "
    "handful.",
)
MENTIONS_KNOWN = Check(
    "mentions_known",
    "What a row names without standing on it is known: its order, its promotion, an item like it.",
)
TIMES_FIT = Check(
    "times_fit", "What a file tells happened on its date, or in the week before, if most of it did."
)
WEEK = 7
"""Days before the date of a file in which what it tells may have happened without a surprise."""
USUAL_VOLUME = Check(
    "usual_volume", "Rows are between half and twice the mean of the same weekday of 4 weeks."
)

_WEEKS = 4
_LEAST_WEEKS = 2

_REASONS_TOLD = 3
"""Most reasons why rows wait that a message counts; the file of the check has them all."""


def list_checks(source: str) -> Sequence[Check]:
    """The checks that apply to `source`."""
    daily = [ARRIVED, NOT_TOO_LATE, USUAL_VOLUME] if source in DAILY_SOURCES else []
    state = [NEWEST_STANDS] if CONTRACTS[source].mode == "state" else []
    mentions = [MENTIONS_KNOWN] if CONTRACTS[source].mentions else []
    times = [TIMES_FIT] if CONTRACTS[source].happened else []
    dirt = [CLEAN, _choose_clean_enough(source), OLDER_CLEAN_ENOUGH]
    return [READABLE, *dirt, *state, *mentions, *times, *daily]


def _choose_clean_enough(source: str) -> Check:
    return SIGNALS_CLEAN if source in SIGNAL_SOURCES else CLEAN_ENOUGH


def judge_source(  # noqa: PLR0913  # the parts of one landing source
    source: str,
    business_date: date,
    *,
    files: pl.DataFrame,
    misnamed: Sequence[str],
    waiting: pl.DataFrame,
    overtaken: pl.DataFrame,
    unknown: pl.DataFrame,
    misfits: pl.DataFrame,
    stop_after_days: Mapping[str, int],
) -> list[Outcome]:
    """Outcomes of every check of a source.

    Args:
        source: landing source.
        business_date: date planned for.
        files: ledger rows (`Files` columns) of the source up to the date.
        misnamed: messages about files that have no slot.
        waiting: `Quarantine` rows of the source's files that still wait.
        overtaken: keys of a state whose newest row is among them.
        unknown: what rows of the files that the run read name and no source knows.
        misfits: days of rows that are not those of their file.
        stop_after_days: days of age at which planning on a source must stop.
    """
    of_today = pl.col("business_date") == business_date
    today = files.filter(of_today, pl.col("status") == "loaded")
    outcomes = [
        _readable(files, misnamed),
        _clean(source, waiting.filter(of_today | (pl.col("known_on") == business_date))),
        _clean_enough(_choose_clean_enough(source), today, waiting),
        _clean_enough(
            OLDER_CLEAN_ENOUGH,
            files.filter(pl.col("loaded_on") == business_date, ~of_today),
            waiting,
        ),
    ]
    if CONTRACTS[source].mode == "state":
        outcomes.append(
            NEWEST_STANDS.found(
                overtaken, f"{source}: {len(overtaken)} rows in force although a newer one waits"
            )
        )
    if CONTRACTS[source].mentions:
        outcomes.append(MENTIONS_KNOWN.found(unknown, f"{source}: rows name what is not known"))
    if CONTRACTS[source].happened:
        outcomes.append(TIMES_FIT.found(misfits, f"{source}: rows are not of their file's day"))
    if source in DAILY_SOURCES:
        outcomes += [
            _arrived(source, today, business_date),
            _not_too_late(source, files, business_date, stop_after_days),
            _usual_volume(files, business_date),
        ]
    return outcomes


def _readable(files: pl.DataFrame, misnamed: Sequence[str]) -> Outcome:
    newest = files.sort("file_id").unique(
        ["business_date", "sequence"], keep="last", maintain_order=True
    )
    refused = newest.filter(pl.col("status") == "refused").select("file_name", "message")
    named = pl.DataFrame(
        {"file_name": [""] * len(misnamed), "message": list(misnamed)},
        schema={"file_name": pl.String, "message": pl.String},
    )
    return READABLE.found(pl.concat([refused, named]), "files were refused whole")


def _clean(source: str, waiting: pl.DataFrame) -> Outcome:
    """Outcome for the rows that wait; its message says how many for which reason."""
    reasons = waiting.group_by("field", "reason", maintain_order=True).len()
    most = reasons.sort("len", "field", "reason", descending=[True, False, False])
    told = [
        f"{rows} {reason.replace('_', ' ')}" + (f" of {field}" if field else "")
        for field, reason, rows in most.head(_REASONS_TOLD).iter_rows()
    ]
    rest = waiting.height - most["len"].head(_REASONS_TOLD).sum()
    told += [f"{rest} others"] if rest else []
    wait = f"{source}: rows of {waiting['file_name'].n_unique()} files wait in quarantine"
    return CLEAN.found(waiting, f"{wait}: {', '.join(told)}")


def _clean_enough(check: Check, files: pl.DataFrame, waiting: pl.DataFrame) -> Outcome:
    # What another receipt tells of, too, is sound.
    broken = waiting.filter(pl.col("reason") != "sold_twice")
    twice = waiting.filter(reason="sold_twice")
    sound = twice.group_by("file_id", maintain_order=True).agg(pl.len().alias("sound"))
    # One location's broken export is that location's: its sales of the day count as unknown, and
    # its stock as doubtful.
    at = pl.col("payload").str.json_path_match("$.location")
    worst = (
        broken.filter(at.is_not_null())
        .group_by("file_id", at.alias("location"), maintain_order=True)
        .len()
        .group_by("file_id", maintain_order=True)
        .agg(pl.col("len").max().cast(pl.Int64).alias("worst"))
    )
    kept = files.join(worst, on="file_id", how="left", maintain_order="left")
    kept = kept.join(sound, on="file_id", how="left", maintain_order="left").with_columns(
        quarantined_rows=pl.col("quarantined_rows") - pl.col("sound").fill_null(0).cast(pl.Int64)
    )
    several = pl.col("worst").fill_null(0) < pl.col("rows") / 2
    rest = pl.col("quarantined_rows") - pl.when(several).then("worst").otherwise(0).fill_null(0)
    dirty = kept.with_columns(rest=rest).filter(pl.sql_expr(judge_dirt("rest", "rows")))
    return check.found(
        dirty.select("file_name", "status", share=pl.col("quarantined_rows") / pl.col("rows")),
        "too large a share of rows is broken: the extract itself is at fault",
    )


def _arrived(source: str, today: pl.DataFrame, business_date: date) -> Outcome:
    absent = pl.DataFrame({"source": [source], "business_date": [business_date]})
    return ARRIVED.found(
        absent.clear() if len(today) else absent, f"no {source} file of {business_date} has come"
    )


def _not_too_late(
    source: str, files: pl.DataFrame, business_date: date, stop_after_days: Mapping[str, int]
) -> Outcome:
    loaded = files.filter(pl.col("status") == "loaded")
    newest = loaded["business_date"].max()
    age = (business_date - newest).days if isinstance(newest, date) else None
    limit = stop_after_days.get(source)
    late = pl.DataFrame(
        {"source": [source], "newest": [newest], "days": [age], "limit": [limit]},
        schema={"source": pl.String, "newest": pl.Date, "days": pl.Int64, "limit": pl.Int64},
    )
    fine = limit is None or (age is not None and age <= limit)
    return NOT_TOO_LATE.found(
        late.clear() if fine else late,
        f"the newest {source} file is {age} days old; policy stops after {limit}",
    )


def _usual_volume(files: pl.DataFrame, business_date: date) -> Outcome:
    volumes = (
        files.filter(pl.col("status") == "loaded")
        .group_by("business_date", maintain_order=True)
        .agg(pl.col("loaded_rows").sum())
    )
    before = [business_date - timedelta(weeks=n) for n in range(1, _WEEKS + 1)]
    usual = volumes.filter(pl.col("business_date").is_in(before))
    rows = volumes.filter(pl.col("business_date") == business_date)
    if len(usual) < _LEAST_WEEKS or rows.is_empty():
        return USUAL_VOLUME.found(rows.clear(), "")
    compared = rows.with_columns(usual=pl.lit(usual["loaded_rows"].mean()))
    low, high = pl.col("usual") / 2, pl.col("usual") * 2
    return USUAL_VOLUME.found(
        compared.filter(~pl.col("loaded_rows").is_between(low, high)),
        "the number of rows is far from the usual one of this weekday",
    )
