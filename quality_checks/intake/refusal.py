"""Why a file is refused whole."""


class FileRefusedError(Exception):
    """The file cannot be loaded as a whole; the message says where it is at fault.

    The message does not name the file: `examine_files` puts its name in front.
    """

    def __init__(self, message: str, *, rows: int | None = None) -> None:
        """State the fault and, where they could be counted, the rows of the file."""
        super().__init__(message)
        self.rows = rows
