"""What the retailer sells: styles in colours and sizes, basics that stay and fashion that goes."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from simulation.retailer.arrays import Bools, Floats, Ints, dates, day_number, make_generator
from simulation.retailer.settings import CURRENCY, RetailerSettings

FOREVER = 10**6
"""Day number of an item without an exit."""

SELLING_DAYS = 168
"""Days from launch to exit of a fashion style."""

ANNOUNCED_DAYS = 90
"""Days before its launch on which the master of a product is sent."""


class Category(NamedTuple):
    """A category: its calendar (peak day of the year, swing), climate, prices and packs."""

    name: str
    code: str
    department: str
    peak: int
    swing: float
    warmth: float
    rain: float
    prices: tuple[float, float]
    pack: tuple[int, int]
    litres: float
    return_rate: float


CATEGORIES = (
    Category("t-shirts", "TSH", "basics", 190, 0.35, 0.25, 0.0, (9, 19), (4, 8), 0.8, 0.6),
    Category("dresses", "DRE", "fashion", 165, 0.30, 0.30, 0.0, (30, 90), (2, 3), 1.6, 1.6),
    Category("socks", "SOC", "basics", 340, 0.20, -0.10, 0.0, (4, 10), (6, 12), 0.3, 0.2),
    Category("knitwear", "KNI", "fashion", 325, 0.30, -0.30, 0.0, (30, 80), (2, 4), 2.2, 1.2),
    Category("underwear", "UND", "basics", 345, 0.10, 0.0, 0.0, (7, 20), (4, 10), 0.3, 0.2),
    Category("outerwear", "OUT", "fashion", 310, 0.35, -0.40, 0.01, (70, 180), (1, 2), 6.0, 1.3),
    Category("jeans", "JEA", "basics", 270, 0.15, -0.05, 0.0, (35, 70), (2, 4), 2.0, 1.2),
    Category("rainwear", "RAI", "fashion", 290, 0.15, -0.05, 0.05, (40, 100), (1, 3), 3.0, 1.0),
    Category("hoodies", "HOO", "basics", 310, 0.40, -0.25, 0.0, (25, 45), (2, 6), 2.6, 0.9),
    Category("shoes", "SHO", "fashion", 120, 0.10, 0.05, 0.0, (40, 110), (1, 2), 7.0, 1.5),
)
COLOURS = ("black", "white", "navy", "olive", "rust", "sand", "red", "grey")
BRANDS = ("Aldera", "Northline", "Petit Quai", "Vesna", "Own Label")
FEW_SKUS = 200
"""Below this, a style comes in one colour, so that there are still several styles."""

SIZES = ("XS", "S", "M", "L", "XL")
SIZE_SHARES = (0.10, 0.22, 0.30, 0.24, 0.14)


@dataclass(frozen=True)
class Products:
    """Items in order of their names, as a frame and as arrays over the items.

    Attributes:
        frame: the `products` master.
        names: business keys.
        style, category: index of the style and in CATEGORIES.
        supplier: index of the main supplier.
        launch, exit, announced: day numbers of the first and last day on sale, and of the day
            the master is sent.
        popularity: demand against an average item while it lives.
        elasticity: exponent of price.
        dispersion: shape of the negative binomial.
        price, cost: EUR a unit.
        pack: units a case.
        fashion: whether it has an exit.
    """

    frame: pl.DataFrame
    names: pl.Series
    style: Ints
    category: Ints
    supplier: Ints
    launch: Ints
    exit: Ints
    announced: Ints
    popularity: Floats
    elasticity: Floats
    dispersion: Floats
    price: Floats
    cost: Floats
    pack: Ints
    fashion: Bools


class _Season(NamedTuple):
    name: str
    opens: int
    closes: int


def _seasons(settings: RetailerSettings) -> list[_Season]:
    """Launch windows that meet the simulated dates, as day numbers."""
    first, last = day_number(settings.first_date), day_number(settings.last_date)
    windows = [
        _Season(
            f"{code}{year % 100:02d}",
            max(day_number(dt.date(year, *opens)), first - SELLING_DAYS + 30),
            min(day_number(dt.date(year, *closes)), last + 45),
        )
        for year in range(settings.first_date.year - 1, settings.last_date.year + 1)
        for code, opens, closes in (("SS", (1, 15), (5, 10)), ("AW", (7, 15), (10, 31)))
    ]
    return [window for window in windows if window.opens <= window.closes]


def _styles(settings: RetailerSettings, rng: np.random.Generator) -> pl.DataFrame:
    """One row a style: category, season, supplier, prices; enough styles for all skus."""
    count = settings.skus // len(SIZES) + 1
    category = np.arange(count) % len(CATEGORIES)
    fashion = np.array([c.department == "fashion" for c in CATEGORIES])[category]
    seasons = _seasons(settings)
    # Every second category is fashion: its styles take the seasons in turn.
    season = np.arange(count) // 2 % len(seasons)
    opens = np.array([s.opens for s in seasons])[season]
    closes = np.array([s.closes for s in seasons])[season]
    # Multiples of the golden ratio spread launches evenly, however few styles there are.
    spread = np.arange(count) * 0.381966 % 1
    launch = np.where(
        fashion,
        opens + np.round(spread * (closes - opens)).astype(np.int64),
        day_number(settings.first_date) - rng.integers(300, 1_500, count),
    )
    low, high = (np.array([c.prices[i] for c in CATEGORIES])[category] for i in (0, 1))
    price = np.round(rng.uniform(low, high)) - 0.05
    packs = np.array([c.pack for c in CATEGORIES])[category]
    return pl.DataFrame(
        {
            "style": [f"{CATEGORIES[c].code}{i:04d}" for i, c in enumerate(category)],
            "category": category,
            "season": [
                seasons[s].name if f else "basic" for s, f in zip(season, fashion, strict=True)
            ],
            "fashion": fashion,
            "launch": launch,
            "exit": np.where(fashion, launch + SELLING_DAYS, FOREVER),
            "price": price,
            "cost": np.round(price * rng.uniform(0.30, 0.45, count), 2),
            "pack": rng.integers(packs[:, 0], packs[:, 1] + 1),
            "supplier": rng.integers(0, settings.suppliers, count),
            "popularity": rng.lognormal(0, 0.5, count)
            * np.where(fashion, 1.5, 1.0)
            / np.sqrt(price),
            "elasticity": rng.uniform(0.9, 1.9, count),
            "dispersion": rng.uniform(1.2, 5.0, count),
            "brand": rng.choice(BRANDS, count),
            "colour": rng.integers(0, len(COLOURS), count),
        }
    )


def build_products(settings: RetailerSettings, seed: int, supplier_names: pl.Series) -> Products:
    """Draw the styles and spread them over colours and sizes."""
    rng = make_generator(seed, "products")
    items = _items(_styles(settings, rng), colours=1 if settings.skus < FEW_SKUS else 2)
    items = items.head(settings.skus).sort("launch", "style", "variant", "place")
    before = pl.col("sku").shift(1).over("category", "variant", "size")
    items = items.with_columns(like_sku=pl.when("fashion").then(before)).sort("sku")
    category = items["category"].to_numpy()
    launch, exits = items["launch"].to_numpy(), items["exit"].to_numpy()
    frame = items.select(
        "sku",
        "style",
        pl.col("colour_name").alias("colour"),
        "size",
        department=pl.Series([CATEGORIES[c].department for c in category]),
        category=pl.Series([CATEGORIES[c].name for c in category]),
        brand="brand",
        season="season",
        unit_cost="cost",
        list_price="price",
        currency=pl.lit(CURRENCY),
        case_pack="pack",
        volume=pl.Series([CATEGORIES[c].litres for c in category]),
        weight=_weigh_items(settings, seed, category),
        # Clothes keep.
        shelf_life_days=pl.lit(None, pl.Int64),
        least_remaining_days=pl.lit(None, pl.Int64),
        launch_date=dates(launch),
        exit_date=dates(exits, exits < FOREVER),
        barcode=pl.format("40{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(11)),
        like_sku="like_sku",
        supplier=supplier_names.gather(items["supplier"]),
    )
    popularity = items["popularity"] * items["share"] * len(SIZES)
    return Products(
        frame=frame,
        names=items["sku"],
        style=items["style_index"].cast(pl.Int64).to_numpy(),
        category=category,
        supplier=items["supplier"].to_numpy(),
        launch=launch,
        exit=exits,
        announced=np.maximum(launch - ANNOUNCED_DAYS, day_number(settings.first_date)),
        popularity=popularity.to_numpy() * rng.lognormal(0, 0.15, settings.skus),
        elasticity=items["elasticity"].to_numpy(),
        dispersion=items["dispersion"].to_numpy(),
        price=items["price"].to_numpy(),
        cost=items["cost"].to_numpy(),
        pack=items["pack"].to_numpy(),
        fashion=items["fashion"].to_numpy(),
    )


def _weigh_items(settings: RetailerSettings, seed: int, category: Ints) -> pl.Series:
    """Kilograms of each item; clothes are mostly lighter than carriers charge their volume."""
    rng = make_generator(seed, "weights")
    litres = np.array([c.litres for c in CATEGORIES])[category]
    return pl.Series(np.round(litres * rng.uniform(0.1, 0.35, settings.skus), 3))


def _items(styles: pl.DataFrame, colours: int) -> pl.DataFrame:
    """Every style in each of its colours and sizes."""
    variants = pl.DataFrame({"variant": range(colours)})
    sizes = pl.DataFrame({"size": SIZES, "share": SIZE_SHARES, "place": range(len(SIZES))})
    names = pl.DataFrame({"colour": range(len(COLOURS)), "colour_name": COLOURS})
    return (
        styles.with_row_index("style_index")
        .join(variants, how="cross")
        .join(sizes, how="cross")
        .with_columns((pl.col("colour") + 3 * pl.col("variant")) % len(COLOURS))
        .join(names, on="colour", how="left", maintain_order="left")
        .with_columns(
            sku=pl.format(
                "{}-{}-{}",
                "style",
                pl.col("colour_name").str.slice(0, 3).str.to_uppercase(),
                "size",
            )
        )
    )
