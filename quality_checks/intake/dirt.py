"""When so much of a file is broken that the extract itself is at fault."""

MOST_BROKEN = 0.05
"""Share of the rows of a file."""

HANDFUL = 5
"""Rows: one broken row of a dozen is bad luck, not a broken extract."""


def judge_dirt(broken: str, rows: str) -> str:
    """The rule in SQL, of two expressions that count rows.

    A product and not a share: an empty file has no share.
    """
    return f"({broken} > {MOST_BROKEN} * {rows} AND {broken} > {HANDFUL})"
