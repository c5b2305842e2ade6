"""When so much of a file is broken that the extract itself is at fault."""

from quality_checks.contracts import HANDFUL, MOST_BROKEN


def judge_dirt(broken: str, rows: str) -> str:
    """The rule in SQL, of two expressions that count rows.

    A product and not a share: an empty file has no share.
    """
    return f"({broken} > {MOST_BROKEN} * {rows} AND {broken} > {HANDFUL})"
