"""Write extracts into the landing folder: of the simulated retailer, or of public data."""

import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from inventory_assets.cli.workplace import Workplace
from simulation.importers import Assumption, import_freshretailnet, import_online_retail_ii
from simulation.retailer import Size, size_retailer, write_retailer

Say = Callable[[str], None]


def write_demo(place: Workplace, size: Size, seed: int, console: Console) -> None:
    """Write the simulated retailer's extracts, unless they are there."""

    def write(out: Path, say: Say) -> tuple[Assumption, ...]:
        write_retailer(size_retailer(size), out, seed=seed, progress=say)
        return ()

    _write_once(place, f"demo retailer, size {size}, seed {seed}", write, console)


def import_fresh(
    place: Workplace, path: Path, cities: list[int] | None, seed: int, console: Console
) -> None:
    """Turn FreshRetailNet-50K into landing extracts, unless they are there."""

    def write(out: Path, say: Say) -> tuple[Assumption, ...]:
        chosen = cities or None
        written = import_freshretailnet(
            path, out / "landing", seed=seed, cities=chosen, progress=_days(say)
        )
        return written.assumptions

    _write_once(place, f"FreshRetailNet-50K, cities {cities or 'all'}, seed {seed}", write, console)


def import_invoices(place: Workplace, path: Path, seed: int, console: Console) -> None:
    """Turn Online Retail II into landing extracts, unless they are there."""

    def write(out: Path, say: Say) -> tuple[Assumption, ...]:
        written = import_online_retail_ii(path, out / "landing", seed=seed, progress=_days(say))
        return written.assumptions

    _write_once(place, f"Online Retail II, seed {seed}", write, console)


def _days(say: Say) -> Callable[[int, int], None]:
    return lambda done, days: say(f"day {done} of {days}")


def _write_once(
    place: Workplace,
    label: str,
    write: Callable[[Path, Say], tuple[Assumption, ...]],
    console: Console,
) -> None:
    """Write extracts beside the landing folder, and move them there when they are whole.

    Raises:
        SystemExit: the landing folder holds other extracts.
    """
    marker = place.landing / ".written"
    if marker.exists() and marker.read_text() == label:
        console.print(f"Extracts are there: {label}, in {place.landing}")
        return
    if place.landing.exists() and any(place.landing.iterdir()):
        raise SystemExit(
            f"{place.landing} holds other extracts: name another folder with --data, or remove "
            "them first (make clean)"
        )
    partial = place.data / ".landing.partial"
    shutil.rmtree(partial, ignore_errors=True)
    with console.status(f"Writing {label}") as status:
        assumptions = write(partial, lambda text: status.update(f"Writing {label}: {text}"))
    (partial / "landing" / marker.name).write_text(label)
    # The truth first: the landing folder appears last and whole.
    for name in ("truth", "landing"):
        if (partial / name).exists():
            shutil.rmtree(place.data / name, ignore_errors=True)
            (partial / name).rename(place.data / name)
    shutil.rmtree(partial)
    console.print(f"Extracts written: {label}, in {place.landing}")
    for assumed in assumptions:
        console.print(f"  assumed: {assumed.source}.{assumed.field}: {assumed.method}")
