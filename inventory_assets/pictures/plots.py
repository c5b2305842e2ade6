"""Pictures and tables that the UI shows beside an asset's figures."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import dagster as dg
import polars as pl

from forecasting.distribution import find_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# matplotlib is imported where something is drawn: whatever shows or starts plans loads this module.

HISTORY_DAYS = 56
"""Days of the past that a picture shows."""

_BAND: Final = (0.1, 0.9)
_GREY: Final = "0.5"
_BLUE: Final = "tab:blue"
_ORANGE: Final = "tab:orange"
_OPTIONS_SHOWN: Final = 15
_APART: Final = 0.08
"""Height of a line of text, as a share of the axis."""


def _figure(height: float) -> "Figure":
    """An empty figure of the width of the page; height in inches."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams["svg.hashsalt"] = "plenish"  # the same picture is the same bytes
    return Figure(figsize=(10, height), layout="constrained")


def _picture(figure: "Figure", alternative: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alternative}](data:image/svg+xml;base64,{data})")


def plot_demand(history: pl.DataFrame, forecast: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Units a day over all pairs: sales, estimated demand, forecast with the band of 80 %.

    Args:
        history: `Unconstrained` rows.
        forecast: `Forecast` rows.
    """
    past = (
        history.group_by("date")
        .agg(pl.col("sales", "demand").sum())
        .sort("date")
        .tail(HISTORY_DAYS)
    )
    ahead = forecast.group_by("date").agg(pl.col("mean", "variance").sum()).sort("date")
    return _plot_days(past, ahead, "Demand of all item-locations")


def plot_total(history: pl.DataFrame, total: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Units a day over all pairs: sales, estimated demand, forecast with the band of 80 %.

    Args:
        history: date, sales, demand: sums over all pairs, missing where nothing is known.
        total: `ForecastLevels` rows of the level `total`.
    """
    return _plot_days(history.sort("date"), total.sort("date"), "Total demand")


def _plot_days(past: pl.DataFrame, ahead: pl.DataFrame, what: str) -> dg.MarkdownMetadataValue:
    title = f"{what}, units a day: what sold, what was wanted, what is expected"
    figure, axes = _axes(title, "units a day")
    axes.plot(past["date"], past["sales"], color=_GREY)
    axes.plot(past["date"], past["demand"], color=_BLUE)
    axes.plot(ahead["date"], ahead["mean"], color=_ORANGE)
    axes.set_ylim(bottom=0)
    known = past.drop_nulls(["sales", "demand"]).tail(1)
    named = [
        (end, name, colour)
        for sold, wanted in known.select("sales", "demand").iter_rows()
        for end, name, colour in (
            (sold, "sold", _GREY),
            (wanted, "demand, stock-outs undone", _BLUE),
        )
    ]
    if not ahead.is_empty():
        low, high = (find_quantile(ahead["mean"], ahead["variance"], p) for p in _BAND)
        axes.fill_between(ahead["date"], low, high, color=_ORANGE, alpha=0.25, linewidth=0)
        axes.axvline(ahead["date"][0], color="0.8", linewidth=0.8)
        band = "80 % of days are expected\nin the band, pairs independent"
        named.append((ahead["mean"][-1], f"forecast; {band}", _ORANGE))
    _name_lines(axes, named)
    return _picture(figure, title)


def _axes(title: str, unit: str) -> tuple["Figure", "Axes"]:
    """A figure that says what it shows, and in which unit."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415

    figure = _figure(height=3.4)
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_ylabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    locator = AutoDateLocator(maxticks=10)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    return figure, axes


def _show_percent(axes: "Axes") -> None:
    """Label the vertical axis in percent."""
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415

    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _name_lines(axes: "Axes", named: Sequence[tuple[float, str, str]]) -> None:
    """Write names beside the ends of lines, in their colours, apart from each other.

    Args:
        axes: what the lines are drawn on, its limits set.
        named: where a line ends, in units of the vertical axis, its name and its colour.
    """
    bottom, top = axes.get_ylim()
    lowest = bottom
    for end, name, colour in sorted(named):
        height = max(end, lowest)
        beside = axes.get_yaxis_transform()
        axes.text(1.01, height, name, transform=beside, color=colour, fontsize=9, va="center")
        lowest = height + _APART * (top - bottom) * (1 + name.count("\n"))


def plot_accuracy(accuracy: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """WAPE of ours and of the naive forecast, and our bias, by day forecast.

    The band holds the WAPE of four in five categories of a region.

    Args:
        accuracy: `ForecastAccuracy` rows of several business dates.
    """
    actual = pl.col("actual").sum()
    wape = pl.col("absolute_error").sum() / actual
    by_day = (
        accuracy.group_by("business_date")
        .agg(
            wape=wape,
            naive=pl.col("naive_error").sum() / actual,
            bias=pl.col("forecast").sum() / actual - 1,
        )
        .sort("business_date")
    )
    spread = (
        accuracy.group_by("business_date", "region", "category")
        .agg(wape=wape)
        .filter(pl.col("wape").is_finite())
        .group_by("business_date")
        .agg(low=pl.col("wape").quantile(_BAND[0]), high=pl.col("wape").quantile(_BAND[1]))
        .sort("business_date")
    )
    title = "How far forecasts up to a week ahead missed, by day"
    figure, axes = _axes(title, "share of units sold")
    _show_percent(axes)
    axes.fill_between(
        spread["business_date"], spread["low"], spread["high"], color=_ORANGE, alpha=0.2
    )
    axes.axhline(0, color="0.8", linewidth=0.8)
    days = by_day["business_date"]
    lines = (
        ("wape", "missed by ours (WAPE);\nband: four in five categories", _ORANGE),
        ("naive", "missed by the same\nweekday before", _GREY),
        ("bias", "too much (above 0)\nor too little (bias)", _BLUE),
    )
    for name, _, colour in lines:
        axes.plot(days, by_day[name], color=colour, marker=".")
    ends = [(by_day[name].drop_nulls(), said, colour) for name, said, colour in lines]
    _name_lines(axes, [(end[-1], said, colour) for end, said, colour in ends if len(end)])
    return _picture(figure, title)


def plot_levels(accuracy: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """WAPE by level and day forecast.

    Args:
        accuracy: `LevelAccuracy` rows of several business dates, of all pairs.
    """
    by_day = (
        accuracy.group_by("level", "business_date")
        .agg(wape=pl.col("absolute_error").sum() / pl.col("actual").sum())
        .sort("level", "business_date")
    )
    title = "How far forecasts up to a week ahead missed (WAPE), by level of sums and day"
    figure, axes = _axes(title, "share of units sold")
    _show_percent(axes)
    named = []
    for number, ((level,), rows) in enumerate(by_day.group_by("level", maintain_order=True)):
        axes.plot(rows["business_date"], rows["wape"], color=f"C{number}", marker=".")
        named.append((rows["wape"][-1], str(level).replace("_", " by "), f"C{number}"))
    axes.set_ylim(bottom=0)
    _name_lines(axes, named)
    return _picture(figure, title)


def tabulate_accuracy(accuracy: pl.DataFrame, by: str = "lead_days") -> pl.DataFrame:
    """Tabulate accuracy by days of lead, or by another column.

    Args:
        accuracy: `ForecastAccuracy` or `LevelAccuracy` rows.
        by: the column.
    """
    count = "series" if "series" in accuracy.columns else "pairs"
    return (
        accuracy.group_by(by)
        .agg(
            (pl.col("absolute_error").sum() / pl.col("actual").sum()).round(4).alias("WAPE"),
            (pl.col("forecast").sum() / pl.col("actual").sum() - 1).round(4).alias("bias"),
            (pl.col("pinball_loss").sum() / pl.col(count).sum()).round(4).alias("pinball"),
            (pl.col("covered_80").sum() / pl.col(count).sum()).round(4).alias("coverage 80 %"),
            (1 - pl.col("compared_error").sum() / pl.col("naive_error").sum())
            .round(4)
            .alias("value added to naive"),
        )
        .sort(by)
    )


def tabulate_models(forecast: pl.DataFrame) -> pl.DataFrame:
    """Pairs, units a day and the width of a day by the model that made the forecast.

    Args:
        forecast: `Forecast` rows.
    """
    days = pl.col("date").n_unique()
    return (
        forecast.group_by("model")
        .agg(
            pl.struct("sku", "location").n_unique().alias("pairs"),
            (pl.col("mean").sum() / days).round(1).alias("units a day"),
            (pl.col("variance").sqrt().sum() / pl.col("mean").sum())
            .round(2)
            .alias("deviation over mean"),
        )
        .sort("pairs", "model", descending=[True, False])
    )


def tabulate_launches(launches: pl.DataFrame) -> pl.DataFrame:
    """Launch, places and units a day of each item that is planned before the forecast reaches it.

    Args:
        launches: `LaunchForecast` rows.
    """
    days = pl.col("date").n_unique()
    return (
        launches.group_by("sku", "model")
        .agg(
            pl.col("date").min().alias("launch"),
            pl.col("location").n_unique().alias("locations"),
            (pl.col("mean").sum() / days).round(1).alias("units a day"),
        )
        .sort("launch", "sku", "model")
    )


def tabulate_bindings(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines, units and worth of an allocation by what keeps its lines from being larger.

    Args:
        lines: `Allocation` rows.
    """
    net = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    return (
        lines.group_by("binding")
        .agg(pl.len().alias("lines"), pl.col("quantity").sum().alias("units"), worth=net.sum())
        .sort("binding")
    )


def tabulate_levels(targets: pl.DataFrame) -> pl.DataFrame:
    """Pairs and units by what set their order-up-to level.

    Args:
        targets: `Targets` rows.
    """
    return (
        targets.group_by("echelon", "binding")
        .agg(pl.len().alias("pairs"), pl.col("order_up_to").sum().alias("units"))
        .sort("echelon", "binding")
    )


def plot_trade_off(points: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Fill rate against the value of stock by class, and the levels in force as stars.

    Args:
        points: `TradeOff` rows.
    """
    title = "What service costs in stock, by service class; a star is the plan"
    figure = _figure(height=3.8)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    panels = figure.subplots(1, 2, sharey=True)
    classes = points["service_class"].unique().sort().to_list()
    for axes, echelon in zip(panels, (False, True), strict=True):
        for number, name in enumerate(classes):
            rows = points.filter(echelon=echelon, service_class=name).sort("stock_value")
            steps, chosen = rows.filter(pl.col("aim") != "plan"), rows.filter(aim="plan")
            colour = f"C{number}"
            axes.plot(steps["stock_value"], steps["fill_rate"], ".-", color=colour)
            axes.plot(chosen["stock_value"], chosen["fill_rate"], "*", color=colour, markersize=11)
            for point in chosen.select("stock_value", "fill_rate").iter_rows():
                # Classes whose plans lie close to each other are named one below the other.
                below = (8, -4 - 11 * number)
                axes.annotate(
                    f"class {name}", point, below, textcoords="offset points", color=colour
                )
        fed = "Fed by a supplier, with all below" if echelon else "Fed by a DC"
        axes.set_title(fed, loc="left", fontsize=10)
        axes.set_xlabel("mean stock at cost, currency")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        _show_percent(axes)
    panels[0].set_ylabel("share of demand served")
    return _picture(figure, title)


def plot_capital(capital: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Money tied up at the end of each week, with tonight's plan and without, and stock of it.

    Args:
        capital: `WorkingCapital` rows.
    """
    by_week = (
        capital.group_by("plan", "ends_on", maintain_order=True)
        .agg(pl.col("exposure_value", "stock_value").sum())
        .sort("plan", "ends_on")
    )
    title = "What stock and orders tie up by week ahead, at landed cost"
    figure, axes = _axes(title, "currency")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    lines = (
        ("as_is", "exposure_value", "stock and orders,\nplan left alone", _GREY, "-"),
        ("with_proposals", "exposure_value", "stock and orders,\ntonight's plan", _ORANGE, "-"),
        ("as_is", "stock_value", "stock alone,\nplan left alone", _GREY, ":"),
        ("with_proposals", "stock_value", "stock alone,\ntonight's plan", _BLUE, ":"),
    )
    named = []
    for plan, figure_name, said, colour, style in lines:
        rows = by_week.filter(plan=plan)
        axes.plot(rows["ends_on"], rows[figure_name], color=colour, linestyle=style, marker=".")
        named += [(end, said, colour) for end in rows[figure_name].tail(1)]
    axes.set_ylim(bottom=0)
    _name_lines(axes, named)
    return _picture(figure, title)


def tabulate_returns(units: pl.DataFrame) -> pl.DataFrame:
    """What came back of what was sold, by category and channel; where most is expected first.

    Args:
        units: category, channel, sold, returned, resalable, expected: units of items, missing
            where another row of the item has them.
    """
    keys = ["category", "channel"]
    return (
        units.group_by(keys)
        .agg(pl.col("sold", "returned", "resalable", "expected").sum())
        .filter(pl.col("returned") > 0)
        .with_columns(
            (pl.col("returned") / pl.col("sold")).round(4).alias("rate"),
            (pl.col("resalable") / pl.col("returned")).round(4).alias("resalable share"),
            pl.col("expected").round(1),
        )
        .sort("expected", *keys, descending=[True, False, False])
        .select(*keys, "sold", "returned", "rate", "resalable share", "expected")
    )


def tabulate_reasons(left_out: pl.DataFrame) -> pl.DataFrame:
    """Item-locations that a plan leaves out, by why.

    Args:
        left_out: sku, location, reason.
    """
    return (
        left_out.group_by("reason")
        .agg(pl.len().alias("item-locations"))
        .sort(pl.col("item-locations"), pl.col("reason"), descending=[True, False])
    )


def plot_choices(shadow: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Cost of customers' lines by node that the OMS chose: as it chose, and as we would have.

    Args:
        shadow: `SourcingShadow` rows of a business date.
    """
    dearest = shadow.sort("saved", "location", descending=[True, False]).head(_NODES).reverse()
    title = "What shipping the lines costs that the OMS allocated, by node: its choice and ours"
    sides = (("oms_cost", "the OMS's", _GREY, 0.2), ("our_cost", "ours", _BLUE, -0.2))
    return _plot_pairs(dearest, dearest["location"].to_list(), sides, title, row_height=0.25)


def plot_substitutes(options: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Cost of lines that get a substitute, without and with it, by how close the two items are.

    Args:
        options: `SubstitutionOptions` rows of a business date.
    """
    sums = (
        options.filter(verdict="chosen")
        .group_by("closeness", maintain_order=True)
        .agg(pl.len().alias("lines"), pl.col("otherwise", "cost").sum())
        .sort("lines", "closeness")
    )
    title = "What lines without a node in time cost, without and with the substitute chosen"
    sides = (("otherwise", "without", _GREY, 0.2), ("cost", "with", _BLUE, -0.2))
    names = [
        f"{close.replace('_', ' ')}, {lines:,}"
        for close, lines in sums.select("closeness", "lines").iter_rows()
    ]
    return _plot_pairs(sums, names, sides, title, row_height=0.4)


def _plot_pairs(
    rows: pl.DataFrame,
    names: list[str],
    sides: tuple[tuple[str, str, str, float], ...],
    title: str,
    *,
    row_height: float,
) -> dg.MarkdownMetadataValue:
    """Draw money of two columns side by side, a bar each a row.

    Args:
        rows: what is drawn, from the bottom up.
        names: what each row is.
        sides: column, its words, colour, and by how much its bar is off the row's middle.
        title: of the picture.
        row_height: inches of a row.
    """
    figure = _figure(height=1.2 + row_height * len(rows))
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("currency")
    axes.spines[["top", "right"]].set_visible(False)
    for name, said, colour, apart in sides:
        height = [place + apart for place in range(len(rows))]
        axes.barh(height, rows[name], height=0.4, color=colour, label=said)
    axes.set_yticks(range(len(rows)), names)
    if len(rows):
        axes.legend(frameon=False, fontsize=9)
    return _picture(figure, title)


_NODES: Final = 15
"""Nodes that a picture shows, those with the most to save."""


def plot_price_options(options: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """What each price would bring beside holding it, of the items for which it matters most.

    Args:
        options: `MarkdownOptions` rows.
    """
    key = ["sku", "zone"]
    held = options.filter(option="hold").select(*key, held="worth")
    beside = options.join(held, on=key).with_columns(gain=pl.col("worth") - pl.col("held"))
    most = (
        beside.filter(pl.col("option") != "no_markdown")
        .group_by(key)
        .agg(pl.col("gain").abs().max())
        .sort("gain", *key, descending=[True, False, False])
        .head(_OPTIONS_SHOWN)
        .with_row_index("line")
    )
    rows = beside.join(most.drop("gain"), on=key).sort("line", "option", "new_price")
    title = "Worth of the rest of the season beside holding the price for a week"
    figure, axes = _axes(title, "")
    for number, ((option,), of_option) in enumerate(rows.group_by("option", maintain_order=True)):
        named = str(option).replace("_", " ")
        axes.plot(of_option["gain"], of_option["line"], "o", color=f"C{number}", label=named)
    chosen = rows.filter(verdict="chosen")
    axes.plot(chosen["gain"], chosen["line"], "*", color="black", markersize=11, label="chosen")
    axes.set_yticks(most["line"].to_list(), [f"{s} {z}" for s, z in most.select(key).iter_rows()])
    axes.set_xlabel("currency")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    if not rows.is_empty():
        axes.legend(frameon=False, fontsize=8)
    return _picture(figure, title)


def tabulate_price_problems(left_out: pl.DataFrame) -> pl.DataFrame:
    """Items in price zones whose season no price could be planned of, by why.

    Args:
        left_out: `UnpricedSeasons` rows.
    """
    return left_out.group_by("problem").agg(items=pl.len()).sort("problem")
