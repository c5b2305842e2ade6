"""`python -m benchmarks NAME`: run a benchmark and print its figures as one JSON line."""

import json
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


NETWORK_SERIES, NETWORK_LOCATIONS = 2_000_000, 400


class Promised(StrEnum):
    """Kinds of action of the replay's nights."""

    ALLOCATION = "allocation"
    TRANSFER = "transfer"
    PURCHASE = "purchase"
    PURCHASE_CHANGE = "purchase_change"
    EXPEDITE = "expedite"


class Size(StrEnum):
    """Sizes of the simulated retailer that are worth measuring."""

    TINY = "tiny"
    SMALL = "small"
    DEMO = "demo"
    NETWORK = "network"


def _name_size(size: Size) -> Literal["tiny", "small", "demo", "network"]:
    """The size as the retailer names it."""
    return size.value


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


@app.command()
def intraday(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    cycles: Annotated[int, typer.Option(help="Parts that land after the night.", min=1)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the simulated retailer.")] = 7,
) -> None:
    """The cycle by day: seconds from a landed file to the batch, beside the whole night's."""
    from benchmarks.intraday import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(size.value, seed, cycles)))


@app.command()
def peak(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.SMALL,
    seed: Annotated[int, typer.Option(help="Seed of the simulated retailer.")] = 7,
) -> None:
    """A cycle with ten times the sales and three times the orders, beside a usual one."""
    from benchmarks.peak import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(size.value, seed)))


@app.command()
def demand(  # noqa: PLR0913  # a command line names each
    cutoff: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day seen.")
    ] = None,
    *,
    size: Annotated[
        Size | None,
        typer.Option(
            help="Of the built-in retailer, by weeks of lead. network: only the time and memory of "
            "2 million series."
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder of FreshRetailNet-50K.", exists=True, file_okay=False)
    ] = Path("../shared/data/freshretailnet50k"),
    horizon: Annotated[int, typer.Option(help="Days forecast after it.", min=1)] = 14,
    peer: Annotated[list[str] | None, typer.Option(help="Peers to run; all by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of our training, or the first retailer.")] = 7,
    seeds: Annotated[int, typer.Option(help="Retailers, with --size.", min=1)] = 1,
    launches: Annotated[
        bool, typer.Option(help="Only the first 28 days of new items, with --size.")
    ] = False,
) -> None:
    """Forecast accuracy, calibration, seconds and memory, beside the libraries' own models."""
    if size is not None:
        if size == Size.NETWORK:
            from benchmarks.demand_network import measure as measure_network  # noqa: PLC0415

            print(json.dumps(measure_network(NETWORK_SERIES, NETWORK_LOCATIONS, seed)))
            return
        from benchmarks.demand_horizon import measure as measure_horizon  # noqa: PLC0415
        from benchmarks.demand_launches import measure as measure_launches  # noqa: PLC0415

        built = _name_size(size)
        retailers = range(seed, seed + seeds)
        print(
            json.dumps(
                measure_launches(built, retailers)
                if launches
                else measure_horizon(built, horizon, retailers)
            )
        )
        return
    if cutoff is None:
        raise typer.BadParameter("say --cutoff DATE, or --size")
    from benchmarks.demand import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, cutoff.date(), horizon, peer or [], seed)))


@app.command("order-risks")
def order_risks(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    seed: Annotated[int, typer.Option(help="Seed of the retailer.")] = 7,
    evenings: Annotated[int, typer.Option(help="Evenings, four weeks apart.", min=1)] = 12,
) -> None:
    """Chances of open order lines to be late, and margin at risk, beside what became of them."""
    from benchmarks.order_risks import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(size.value, seed, evenings)))


@app.command()
def kills(
    kills: Annotated[int, typer.Option(help="How often something is killed.", min=5)] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the retailer, and of what is killed.")] = 7,
) -> None:
    """Plans, trainings, decisions, exports and answers killed: bytes and events after."""
    from benchmarks.kills import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(kills, seed, _tell)))


@app.command()
def fuzz(
    mutants: Annotated[int, typer.Option(help="Spoilt files, over all sources.", min=1)] = 1080,
    seed: Annotated[int, typer.Option(help="Seed of the accidents.")] = 7,
) -> None:
    """Spoilt files of every source through the whole load: what became of each, memory, faults."""
    from benchmarks.fuzz import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(mutants, seed, _tell)))


@app.command()
def events(
    rate: Annotated[int, typer.Option(help="Events a second.", min=100)] = 1000,
    seconds: Annotated[int, typer.Option(help="Seconds of sending.", min=1)] = 600,
    kills: Annotated[int, typer.Option(help="How often the endpoint is killed.", min=0)] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the moments of the kills.")] = 7,
) -> None:
    """Events over HTTP while the endpoint is killed: lost, doubled, waits, processor, memory."""
    from benchmarks.events import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(rate, seconds, kills, seed)))


@app.command()
def targets(
    pairs: Annotated[float, typer.Option(help="Pairs of stores and DC.", min=1)] = 4e6,
    seed: Annotated[int, typer.Option(help="Seed of the drawn network.")] = 7,
) -> None:
    """Windows, levels and trade-off curve of a network: seconds and peak memory."""
    from benchmarks.targets import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(int(pairs), seed)))


@app.command()
def allocation(
    pairs: Annotated[float, typer.Option(help="Pairs of item and location, such as 4e5.", min=1)],
    seed: Annotated[int, typer.Option(help="Seed of the network.")] = 7,
    *,
    highs: Annotated[
        bool, typer.Option(help="Solve the LP without lumpy constraints with HiGHS, too.")
    ] = False,
) -> None:
    """Allocation of a network under shared limits: seconds, memory, gap, beside HiGHS."""
    from benchmarks.allocation import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(int(pairs), seed, highs=highs)))


@app.command()
def purchasing(
    seed: Annotated[int, typer.Option(help="Seed of the first instance.")] = 7,
) -> None:
    """Orders with least values, price breaks and budgets: gap, seconds, beside HiGHS."""
    from benchmarks.purchasing import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(seed)))


@app.command()
def markdown(
    paths: Annotated[int, typer.Option(help="Draws of each season, for what is learnt.")] = 30,
    seed: Annotated[int, typer.Option(help="Seed of histories and draws.")] = 7,
) -> None:
    """Prices of 72 seasons against the optimum, the usual ladder and no markdown."""
    from benchmarks.markdown import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(paths, seed)))


@app.command()
def sourcing(
    orders: Annotated[int, typer.Option(help="Open orders of the night.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 7,
) -> None:
    """Nodes for customers' orders: gap to bound, to HiGHS and of plain greedy, seconds, memory."""
    from benchmarks.sourcing import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(orders, seed)))


@app.command(name="sourcing-replay")
def sourcing_replay(
    data: Annotated[Path, typer.Option(help="Folder of Online Retail II.")],
    weeks: Annotated[int, typer.Option(help="Weeks of orders.", min=1)] = 4,
    items: Annotated[int, typer.Option(help="Items: those ordered most often.", min=2)] = 150,
    seed: Annotated[int, typer.Option(help="Seed of nodes, zones and stock.")] = 7,
) -> None:
    """Orders decided day by day beside the nearest node, a myopic best and a clairvoyant."""
    from benchmarks.sourcing_replay import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, weeks=weeks, items=items, seed=seed)))


@app.command()
def substitution(
    lines: Annotated[int, typer.Option(help="Lines that no node has.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of retailer, answers and stock.")] = 7,
) -> None:
    """Substitutes: chances beside the truth, gap to bound and to HiGHS, and what they save."""
    from benchmarks.substitution import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(lines, seed)))


@app.command()
def buffers(
    data: Annotated[
        Path, typer.Option(help="Data folder of the built-in retailer, planned.")
    ] = Path("data"),
) -> None:
    """Buffers of online channels against what is really there: chances, oversold, kept back."""
    from benchmarks.buffers import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data)))


@app.command()
def causes(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.TINY,
    seed: Annotated[int, typer.Option(help="Seed of the first retailer.")] = 7,
    seeds: Annotated[int, typer.Option(help="Retailers.", min=1)] = 3,
) -> None:
    """Root causes of short stock in books with faults of known kind and size: hits and shares."""
    from benchmarks.causes import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(_name_size(size), range(seed, seed + seeds))))


@app.command()
def exceptions(
    seeds: Annotated[int, typer.Option(help="Panels that are played.", min=1)] = 20,
) -> None:
    """Exceptions on injected faults: detected, how late, false alarms; beside fixed thresholds."""
    from benchmarks.exceptions import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(seeds)))


@app.command()
def counts(
    data: Annotated[
        Path, typer.Option(help="Data folder of the built-in retailer, planned.")
    ] = Path("data"),
) -> None:
    """Stock counts that are asked for against what is really there, and against other choices."""
    from benchmarks.counts import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data)))


@app.command()
def replay(  # noqa: PLR0913, PLR0917  # a command line names each
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    days: Annotated[
        int | None, typer.Option(help="Days that count. Default: 365; 28 of a history.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the first retailer.")] = 7,
    seeds: Annotated[int, typer.Option(help="Retailers to play against.", min=1)] = 3,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of FreshRetailNet-50K: the last days of its cities instead."),
    ] = None,
    city: Annotated[list[int] | None, typer.Option(help="Only these cities.")] = None,
    model: Annotated[
        Path | None, typer.Option(help="Folder of a trained version: also ours with its forecast.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Also without a part, as ours_without_transfers.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="Also with another figure, as lines.least_allocation_gain=0.5."),
    ] = None,
    life: Annotated[
        int | None, typer.Option(help="Goods spoil so many days after they come in.", min=1)
    ] = None,
    *,
    variants: Annotated[
        bool, typer.Option("--variants", help="Also without each part, one at a time.")
    ] = False,
    selling: Annotated[
        bool,
        typer.Option(
            "--selling",
            help="Built-in retailers whose prices may be changed and whose customers order online.",
        ),
    ] = False,
    items: Annotated[
        int | None, typer.Option(help="Items of the built-in retailers. Default: by size.", min=10)
    ] = None,
) -> None:
    """The plan in closed loop beside rules: profit, service, stock, and paired intervals."""
    from benchmarks.replay import measure  # noqa: PLC0415  # slow imports on demand
    from simulation.replay import SELLING_NAMES, VARIANT_NAMES  # noqa: PLC0415  # likewise

    retailers = range(seed, seed + seeds)
    every = SELLING_NAMES if selling else VARIANT_NAMES
    print(
        json.dumps(
            measure(
                size.value,
                retailers,
                days,
                variants=every if variants else variant or (),
                options=option or (),
                data=data,
                cities=city,
                model=model,
                life=life,
                selling=selling,
                items=items,
            )
        )
    )


@app.command()
def promised(  # noqa: PLR0913  # a command line names each
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    seed: Annotated[int, typer.Option(help="Seed of the first retailer.")] = 7,
    seeds: Annotated[int, typer.Option(help="Retailers to play.", min=1)] = 1,
    nights: Annotated[int, typer.Option(help="Nights of each kind of action.", min=1)] = 6,
    keep: Annotated[
        Path | None, typer.Option(help="File for the actions one by one, as Parquet.")
    ] = None,
    *,
    kinds: Annotated[
        list[Promised], typer.Option("--kind", help="Kinds of action; each takes its own time.")
    ] = list(Promised),  # noqa: B006  # typer reads it, nobody writes it
    whole: Annotated[
        bool, typer.Option("--whole", help="Take out all lines of an item, instead of one.")
    ] = False,
) -> None:
    """Stated against realised benefit: nights of the replay played again without an action."""
    from benchmarks.promised import measure  # noqa: PLC0415  # slow imports on demand

    retailers = range(seed, seed + seeds)
    figures = measure(
        size.value, retailers, nights, kinds=kinds, whole=whole, keep=keep, progress=_tell
    )
    print(json.dumps(figures))


@app.command()
def decide(
    size: Annotated[Size, typer.Option(help="How large a retailer.")] = Size.DEMO,
    seed: Annotated[int, typer.Option(help="Seed of the simulated retailer.")] = 7,
) -> None:
    """What people wait for: seconds of a decision, of a look at the plan, and of an export."""
    from benchmarks.decide import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(size.value, seed)))


@app.command()
def workbench(
    data: Annotated[Path, typer.Argument(help="A planned data folder, which stays as it is.")],
    actions: Annotated[int, typer.Option(help="Actions of the plan.", min=1)] = 100_000,
) -> None:
    """What people wait for in the browser: pages, filters, sorts and decisions."""
    from benchmarks.workbench import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, actions)))


@app.command()
def governance(
    actions: Annotated[float, typer.Option(help="Actions to route.", min=1)] = 1e6,
    events: Annotated[float, typer.Option(help="Audit events to append and verify.", min=1)] = 1e6,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 7,
) -> None:
    """Routing and the audit chain: seconds to route, to append and to verify, and memory."""
    from benchmarks.governance import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(int(actions), int(events), seed)))


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


@app.command()
def recovery(
    data: Annotated[
        Path, typer.Option(help="Folder of FreshRetailNet-50K.", exists=True, file_okay=False)
    ] = Path("../shared/data/freshretailnet50k"),
    seed: Annotated[int, typer.Option(help="Seed of the hidden hours.")] = 7,
) -> None:
    """Unconstrained demand: bias and error on hidden sales, beside two peers."""
    from benchmarks.recovery import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, seed)))


@app.command("price-response")
def price_response(
    cutoff: Annotated[int, typer.Option(help="Last week that is learnt from, such as 117.", min=1)],
    data: Annotated[
        Path,
        typer.Option(
            help="Folder of the orange juice, or of FreshRetailNet-50K: its changes of discounts.",
            exists=True,
            file_okay=False,
        ),
    ] = Path("../shared/data/orange_juice"),
    seed: Annotated[int, typer.Option(help="Seed of ours and of the peers.")] = 7,
) -> None:
    """Sales at known prices: WAPE, sign and size of the response, coverage, beside peers."""
    from benchmarks import discount_changes, price_response  # noqa: PLC0415  # slow imports

    of = discount_changes if (data / "daily.parquet").is_file() else price_response
    print(json.dumps(of.measure(data, cutoff, seed)))


@app.command()
def supplier(  # noqa: PLR0913  # a command line names each
    cutoff: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day seen.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder of SCMS deliveries.", exists=True, file_okay=False)
    ] = Path("../shared/data/scms"),
    seed: Annotated[int, typer.Option(help="Seed of ours and of the peers.")] = 7,
    *,
    years: Annotated[
        bool, typer.Option("--years", help="Instead, the year after the end of each one.")
    ] = False,
    nights: Annotated[
        bool, typer.Option("--nights", help="Instead, what nights say at the ends of quarters.")
    ] = False,
    placed: Annotated[
        bool, typer.Option("--placed", help="Instead, lead times of lines yet to be ordered.")
    ] = False,
) -> None:
    """Chances of late order lines: AUC, Brier score, calibration and quantiles, beside peers."""
    from benchmarks.supplier import measure, measure_years  # noqa: PLC0415  # slow imports

    if years:
        print(json.dumps(measure_years(data, seed)))
        return
    if nights:
        from benchmarks.supplier_nights import measure_nights  # noqa: PLC0415

        print(json.dumps(measure_nights(data)))
        return
    if placed:
        from benchmarks.supplier_placed import measure_placed  # noqa: PLC0415

        print(json.dumps(measure_placed(data)))
        return
    if cutoff is None:
        raise typer.BadParameter("say --cutoff DATE, --years, --nights or --placed")
    print(json.dumps(measure(data, cutoff.date(), seed)))


@app.command(name="lost-sales")
def lost_sales(
    periods: Annotated[
        int, typer.Option(help="Periods played for each figure.", min=10_000)
    ] = 2_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the demand.")] = 7,
    *,
    grid: Annotated[
        bool, typer.Option("--grid", help="Instead, against the best policies of their kind.")
    ] = False,
) -> None:
    """Ordering under lost sales: cost above the optimum on 32 known instances."""
    if grid:
        from benchmarks.lost_sales_grid import measure as measure_grid  # noqa: PLC0415

        print(json.dumps(measure_grid(periods, seed)))
        return
    from benchmarks.lost_sales import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(periods, seed)))


@app.command()
def inventorybench(
    data: Annotated[
        Path, typer.Option(help="Folder of InventoryBench.", exists=True, file_okay=False)
    ] = Path("../shared/data/inventorybench"),
    seed: Annotated[int, typer.Option(help="Seed of our sampled paths.")] = 7,
) -> None:
    """Orders under unknown demand and unreliable lead times: score beside two peers."""
    from benchmarks.inventorybench import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, seed)))


@app.command()
def vn2(
    first_order: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First order at the end of this week."),
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder of the VN2 files.", exists=True, file_okay=False)
    ] = Path("../shared/data/vn2"),
    rounds: Annotated[int, typer.Option(help="Orders, a week apart.", min=1)] = 6,
    seed: Annotated[int, typer.Option(help="Seed of the models.")] = 7,
    *,
    leads: Annotated[
        bool, typer.Option("--leads", help="Instead, accuracy of up to twelve weeks ahead.")
    ] = False,
) -> None:
    """The VN2 challenge: cost of our weekly orders, beside the organiser's and the winner's way."""
    if leads:
        from benchmarks.vn2_leads import measure as measure_leads  # noqa: PLC0415

        print(json.dumps(measure_leads(data)))
        return
    if first_order is None:
        raise typer.BadParameter("say --first-order DATE, or --leads")
    from benchmarks.vn2 import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(data, first_order.date(), rounds, seed)))


@app.command()
def transfers(
    stores: Annotated[int, typer.Option(help="Stores, 50 a region, or 20 from 400 on.")] = 50,
    skus: Annotated[int, typer.Option(help="Items, each ranged everywhere.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 7,
) -> None:
    """Transfers of a network: gap to our own bound, seconds, memory, and gap to HiGHS's optimum."""
    from benchmarks.transfers import measure  # noqa: PLC0415  # slow imports on demand

    print(json.dumps(measure(stores, skus, seed)))


if __name__ == "__main__":
    app()
