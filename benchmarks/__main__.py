"""`python -m benchmarks NAME`: run a benchmark and print its figures as one JSON line."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


class Size(StrEnum):
    """Sizes of the simulated retailer that are worth measuring."""

    TINY = "tiny"
    DEMO = "demo"
    NETWORK = "network"


@app.callback()
def main() -> None:
    """Each benchmark is a command."""


@app.command()
def nightly(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    seed: Annotated[int, typer.Option(help="Seed of the simulated retailer.")] = 7,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of the extracts, kept for the next time.")
    ] = None,
) -> None:
    """The night's run: seconds, peak memory, and seconds and rows of every stage."""
    from benchmarks.nightly import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(size.value, seed, keep)))


if __name__ == "__main__":
    app()
