"""Receipts that a till sent a second time under other numbers: found, and told beyond chance.

Receipts that are alike in every line, to the second, are twins. A few twins are chance: two people
buy the same at the same moment. It is none where, at one location, every receipt of moments that
follow each other has a twin, and receipts elsewhere in the files hardly ever have one.
"""

from datetime import date, timedelta
from typing import Final

import duckdb

_LEAST_MOMENTS: Final = 10
"""Moments in a row, each another time of the day."""

_CHANCE: Final = 1e-9
"""That so many receipts in a row have a twin, where it is chance, at most."""

_MULTIPLES: Final = 0.9
"""Share of the receipts of a stretch that stand a multiple of its times, at least.

What is sent n times stands n times, or 2n; at a till so busy that each receipt has a twin it is
any number.
"""

_ALIKE = ("timestamp", "sku", "channel", "fulfilment_location", "quantity", "net_value")
"""What tells lines apart, besides what numbers them."""


_ASIDE: Final = 1
_STAGED: Final = 2
"""Of receipts that are alike, what stands (0) comes first, then what waits, then what is staged."""

_SAME_AS: Final = "counts once: the same as receipt "
_AS_ALL: Final = ", as all receipts of "
"""What stands before and behind the number of the twin where a second one is set aside."""


def select_doubled(connection: duckdb.DuckDBPyConnection, aside: str | None = None) -> str | None:
    """SELECT of the staged sales that are the second of what was sold once.

    `staged` has the rows of the files that are loaded, `at_fault` those that are set aside already.
    Of what came before it is what stands that is compared. Where sales are told by the hour, or
    customers are told apart by nothing, every second receipt may have a twin, and nothing is found.

    Args:
        connection: with both tables.
        aside: table of sales that wait as the second of others, to compare with them too. Lines
            that are told of a receipt later belong to what is known of it.

    Returns:
        SQL of file_id, row, field and message; None where nothing is staged that is sound.
    """
    span = connection.execute(
        "SELECT min(timestamp)::DATE, max(timestamp)::DATE FROM staged s "
        'ANTI JOIN at_fault a ON a.file_id = s.file_id AND a."row" = s."row"'
    ).fetchone()
    if span is None or span[0] is None:
        return None
    baskets = _select_baskets(span[0], span[1], aside)
    return f"""
    WITH basket AS ({baskets}),
    told AS (
        SELECT *, count(*) OVER alike AS copies,
            row_number() OVER (alike ORDER BY turn, first_file, first_row, receipt) AS nth,
            first_value(receipt) OVER (alike ORDER BY turn, first_file, first_row, receipt) AS twin
        FROM basket WINDOW alike AS (PARTITION BY location, moment, content, lines)
    ),
    moments AS (
        SELECT location, moment, min(copies) AS copies, count(*) AS receipts,
            sum((min(copies) = 1)::INT) OVER (PARTITION BY location ORDER BY moment) AS stretch
        FROM told GROUP BY location, moment
    ),
    stretches AS (
        SELECT location, stretch, min(moment) AS since, max(moment) AS until, min(copies) AS times,
            sum(receipts) / min(copies) AS receipts,
            count(*) >= {_LEAST_MOMENTS} AND 2 * count_if(minute(moment) <> 0) >= count(*) AS long
        FROM moments WHERE copies > 1 GROUP BY ALL
    ),
    -- How often receipts of no such stretch have a twin, over all locations.
    usual AS (
        -- Over no receipts `count_if` is NULL; they may all have come twice.
        SELECT (coalesce(count_if(copies > 1), 0) + 1) / (count(*) + 2) AS chance
        FROM told t WHERE NOT EXISTS (SELECT 1 FROM stretches s WHERE s.long
            AND s.location = t.location AND t.moment BETWEEN s.since AND s.until)
    ),
    proven AS (
        SELECT s.location, s.since, s.until, s.times
        FROM stretches s CROSS JOIN usual u
        JOIN told t ON t.location = s.location AND t.moment BETWEEN s.since AND s.until
        WHERE s.long AND pow(u.chance, s.receipts) < {_CHANCE}
        GROUP BY ALL HAVING count_if(t.copies % s.times = 0) >= {_MULTIPLES} * count(*)
    )
    SELECT r.file_id, r."row", 'receipt' AS field,
        '{_SAME_AS}' || t.twin || '{_AS_ALL}' || t.location
            || ' from ' || p.since || ' to ' || p.until || ' have come ' || p.times || ' times'
            AS message
    FROM told t JOIN proven p ON p.location = t.location AND t.moment BETWEEN p.since AND p.until
    JOIN staged r ON r.location = t.location AND r.receipt = t.receipt
    WHERE t.turn = {_STAGED} AND t.nth > t.copies // p.times
    """


def select_parted() -> str:
    """SELECT of the sales that wait as the second of a receipt which stands no longer.

    Its file was sent again without it, so they are the only ones that tell of the sale.

    Returns:
        SQL of file_id and row.
    """
    return f"""
        SELECT w.file_id, w."row" FROM (
            SELECT file_id, "row", trim(payload->>'location') AS location,
                regexp_extract(message, '^{_SAME_AS}(.*){_AS_ALL}', 1) AS twin
            FROM intake.quarantine
            WHERE source = 'pos_sales' AND status = 'waiting' AND reason = 'sold_twice'
        ) w ANTI JOIN (
            SELECT location, receipt FROM landing.pos_sales WHERE replaced_on IS NULL
        ) s ON s.location = w.location AND s.receipt = w.twin
    """


def _select_baskets(first: date, last: date, aside: str | None) -> str:
    """SELECT of receipts, staged and from before, each with all that it says but its number."""
    columns = ", ".join(("receipt", "location", *_ALIKE, "file_id", '"row"'))
    until = last + timedelta(days=1)
    waits = "" if aside is None else f"UNION ALL SELECT {columns}, {_ASIDE} FROM {aside}"
    return f"""
        SELECT location, receipt, min(timestamp) AS moment, count(*) AS lines,
            sum(hash({", ".join(_ALIKE)})) AS content, min(turn) AS turn,
            min(file_id) AS first_file, min("row") AS first_row
        FROM (
            SELECT {columns}, {_STAGED} AS turn FROM staged s
            WHERE NOT EXISTS (
                SELECT 1 FROM at_fault a WHERE a.file_id = s.file_id AND a."row" = s."row")
            UNION ALL
            SELECT {columns}, 0 FROM landing.pos_sales
            WHERE replaced_on IS NULL AND timestamp >= DATE '{first}' AND timestamp < DATE '{until}'
                AND location IN (SELECT location FROM staged)
            {waits}
        )
        GROUP BY location, receipt
    """
