"""How large a landed file may be: what is read at once must fit into memory."""

from quality_checks.intake.refusal import FileRefusedError

MOST_BYTES = 500_000_000
"""Of a CSV file once it is unpacked."""

MOST_ROWS = 5_000_000
"""Of any file."""


def refuse_too_large(*, size: int = 0, rows: int = 0) -> None:
    """Refuse a file that holds too much to be read at once.

    Args:
        size: bytes found so far, unpacked.
        rows: rows found so far.

    Raises:
        FileRefusedError: says which limit was passed, and the way out.
    """
    for found, most, words in ((size, MOST_BYTES, "bytes unpacked"), (rows, MOST_ROWS, "rows")):
        if found > most:
            raise FileRefusedError(f"the file has more than {most:,} {words}: send it in parts")
