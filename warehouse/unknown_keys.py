"""Rows that name what no other source knows, in SQL, with what their keys may have meant."""

from collections.abc import Mapping

from quality_checks.contracts import (
    CONTRACTS,
    EVERYWHERE,
    Contract,
    Reference,
    Target,
    TargetByColumn,
)


def select_unknown(
    contract: Contract, references: Mapping[str, Reference], rows: str
) -> str | None:
    """SELECT of the rows with a value that is not known where it should be.

    Args:
        contract: of the rows.
        references: column -> where its values should be known.
        rows: table or subquery of the rows: contract columns, file_id and row.

    Returns:
        SQL of file_id, row, field (several are joined by a comma) and message, or None where
        nothing is referred to.
    """
    found = [
        _select_one(contract, name, target, condition, rows)
        for name, reference in references.items()
        for target, condition in _cases(reference)
    ]
    if not found:
        return None
    return (
        "SELECT file_id, \"row\", string_agg(field, ',' ORDER BY place) AS field, "
        "string_agg(message, '; ' ORDER BY place) AS message "
        f'FROM ({" UNION ALL ".join(found)}) GROUP BY file_id, "row"'
    )


def _cases(reference: Reference) -> list[tuple[Target, str]]:
    """Where a reference goes, each with the condition on a row under which it goes there."""
    if isinstance(reference, TargetByColumn):
        return [
            (target, f"s.\"{reference.column}\" = '{value}'")
            for value, target in reference.targets.items()
        ]
    return [(reference, "TRUE")]


def _select_one(contract: Contract, name: str, target: Target, condition: str, rows: str) -> str:
    """SELECT of the rows whose value of one column is not known in one place."""
    table, column = target
    master = CONTRACTS[table].table
    value = f's."{name}"'
    everywhere = f" AND {value} <> '{EVERYWHERE}'" if name in contract.everywhere else ""
    said = f"'{name} ''' || {value} || ''' is not in {table}'"
    return f"""
        SELECT s.file_id, s."row", {list(contract.columns).index(name)} AS place, '{name}' AS field,
            {said} || CASE
                WHEN l.likely IS NOT NULL THEN ' (is it ''' || l.likely || '''?)'
                WHEN regexp_full_match({value}, '[0-9]([.,][0-9]+)?[Ee][+]?[0-9]+')
                THEN ' (a spreadsheet may have made a number of it)' ELSE '' END AS message
        FROM (
            SELECT * FROM {rows} s WHERE {value} IS NOT NULL AND {condition}{everywhere}
            AND {value} NOT IN (SELECT "{column}" FROM {master} WHERE "{column}" IS NOT NULL)
        ) s LEFT JOIN (
            SELECT {_loosely(f'"{column}"')} AS loosely, min("{column}") AS likely FROM {master}
            GROUP BY ALL
        ) l ON l.loosely = {_loosely(value)}
    """


def _loosely(value: str) -> str:
    """A key without what hands and spreadsheets change: blanks, zeros in front, case, twins."""
    plain = f"translate(upper(regexp_replace({value}, '[\\s\\p{{Z}}]+', '', 'g')), 'OIL', '011')"
    return f"ltrim({plain}, '0')"
