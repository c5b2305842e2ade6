"""What moves demand from outside: weather, holidays and local events."""

from dataclasses import dataclass

import holidays
import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Floats,
    Ints,
    dates,
    day_number,
    draw_cases,
    find_date,
    make_generator,
    pick,
)
from simulation.retailer.geography import REGIONS
from simulation.retailer.locations import STORE, Locations
from simulation.retailer.settings import RetailerSettings

FORECAST_DAYS = 7
EVENTS_AHEAD = 60
"""Days before its start on which an event is announced."""

HORIZON = 60
"""Days after the last business date for which events and promotions are drawn."""


@dataclass(frozen=True)
class Weather:
    """Weather of every region and day.

    Attributes:
        first: day number of the first column.
        temperature, rain: [region, day].
        warmth: [region, day] degrees above what the region is used to on that day of the year.
    """

    first: int
    temperature: Floats
    rain: Floats
    warmth: Floats

    def rows(self, day: int, rng: np.random.Generator) -> pl.DataFrame:
        """Rows of `weather` sent on a day: what was observed, and the forecast of a week."""
        regions = self.temperature.shape[0]
        lead = np.repeat(np.arange(FORECAST_DAYS + 1), regions)
        place = np.tile(np.arange(regions), FORECAST_DAYS + 1)
        cell = place, day + lead - self.first
        error = rng.normal(0, 1, lead.size) * 0.5 * lead
        rain = self.rain[cell] * np.exp(rng.normal(0, 1, lead.size) * 0.12 * lead)
        missed = draw_cases(rng, lead.size, np.multiply(0.03, lead, dtype=np.float64))
        return pl.DataFrame(
            {
                "date": dates(day + lead),
                "region": pick(pl.Series([region.name for region in REGIONS]), place),
                "kind": pick(pl.Series(["observation", "forecast"]), np.minimum(lead, 1)),
                "issued_on": dates(np.full(lead.size, day)),
                "temperature": np.round(self.temperature[cell] + error, 1),
                "rain": np.round(np.where(missed, 0.0, rain), 1),
            }
        )


def build_weather(settings: RetailerSettings, seed: int) -> Weather:
    """Draw the weather: a yearly wave and first-order autoregression of the rest."""
    rng = make_generator(seed, "weather")
    first = day_number(settings.first_date)
    days = np.arange(first, first + settings.days + FORECAST_DAYS + 1)
    of_year = np.array([find_date(day).timetuple().tm_yday for day in days.tolist()])
    regions = REGIONS[: settings.regions]
    shape = (len(regions), days.size)
    wave = -np.cos(2 * np.pi * (of_year - 20) / 365.25)
    normal = np.array([[r.mean_temperature] for r in regions]) + wave * np.array(
        [[r.temperature_swing] for r in regions]
    )
    shocks = rng.normal(0, 1.7, shape)
    warmth = np.zeros(shape)
    for day in range(1, days.size):
        warmth[:, day] = 0.8 * warmth[:, day - 1] + shocks[:, day]
    wet = rng.random(shape) < np.array([[r.rain_chance] for r in regions])
    rain = np.where(wet, rng.gamma(0.8, 6.0, shape), 0.0)
    return Weather(
        first=first,
        temperature=normal + warmth,
        rain=rain,
        warmth=warmth,
    )


@dataclass(frozen=True)
class Calendar:
    """Holidays and events, as a frame with day numbers and what they do to demand.

    Attributes:
        frame: `events`, and `start`, `end`, `announced` (day numbers), `region_index` and
            `location_index` (-1 for all), `factor` on demand in stores and `online` elsewhere.
    """

    frame: pl.DataFrame

    def announced(self, day: int, first: int) -> pl.DataFrame:
        """Rows of `events` that become known on a day; on the first day all known by then."""
        known = pl.col("announced") == day
        if day == first:
            known = pl.col("announced") <= day
        return self.frame.filter(known).select(
            "event_id", "name", "kind", "region", "location", "starts_on", "ends_on"
        )

    def location_factors(self, day: int, locations: Locations) -> Floats:
        """Factor on demand at each node on a day."""
        factors = np.ones(locations.kind.size)
        stores = locations.kind == STORE
        running = self.frame.filter((pl.col("start") <= day) & (pl.col("end") >= day))
        columns = ("region_index", "location_index", "factor", "online")
        for region, node, factor, online in running.select(columns).iter_rows():
            touched = (region < 0) | (locations.region == region)
            touched &= (node < 0) | (np.arange(stores.size) == node)
            factors[touched & stores] *= factor
            factors[touched & ~stores] *= online
        return factors


def build_calendar(settings: RetailerSettings, seed: int, locations: Locations) -> Calendar:
    """Public holidays of each region's country, sales activities, and drawn local events."""
    rng = make_generator(seed, "events")
    first = day_number(settings.first_date)
    last = day_number(settings.last_date) + HORIZON
    years = range(settings.first_date.year, find_date(last).year + 1)
    rows = _holidays(settings.regions, years) + _activities(years)
    rows += _local_events(rng, locations, first, last)
    frame = pl.DataFrame(
        rows,
        schema={
            "event_id": pl.String,
            "name": pl.String,
            "kind": pl.String,
            "region_index": pl.Int64,
            "location_index": pl.Int64,
            "start": pl.Int64,
            "end": pl.Int64,
            "factor": pl.Float64,
            "online": pl.Float64,
        },
        orient="row",
    ).filter((pl.col("end") >= first) & (pl.col("start") <= last))
    region, node = frame["region_index"], frame["location_index"]
    regions = pl.Series([r.name for r in REGIONS])
    return Calendar(
        frame.with_columns(
            region=_named(regions, region.to_numpy()),
            location=_named(locations.names, node.to_numpy()),
            starts_on=dates(frame["start"].to_numpy()),
            ends_on=dates(frame["end"].to_numpy()),
            announced=pl.when(pl.col("kind") == "holiday")
            .then(first)
            .otherwise(pl.col("start") - EVENTS_AHEAD),
        ).sort("event_id")
    )


def _named(names: pl.Series, index: Ints) -> pl.Series:
    return pl.Series([names[int(i)] if i >= 0 else "*" for i in index], dtype=pl.String)


_EventRow = tuple[str, str, str, int, int, int, int, float, float]


def _holidays(regions: int, years: range) -> list[_EventRow]:
    """Public holidays: stores sell about a third of a usual day, and the web shop sells more."""
    rows: list[_EventRow] = []
    for index, region in enumerate(REGIONS[:regions]):
        for date, name in holidays.country_holidays(region.country, years=years).items():
            day = day_number(date)
            key = f"{region.name}-{date:%Y%m%d}"
            rows.append((f"HOL-{key}", name, "holiday", index, -1, day, day, 0.35, 1.2))
    return sorted(rows)


def _activities(years: range) -> list[_EventRow]:
    rows: list[_EventRow] = []
    for year in years:
        spans = (
            ("Black week", f"{year}-11-24", f"{year}-11-30", 1.6, 1.9),
            ("Christmas shopping", f"{year}-12-08", f"{year}-12-23", 1.45, 1.35),
            ("Summer sale", f"{year}-07-01", f"{year}-07-14", 1.2, 1.2),
        )
        for name, start, end, factor, online in spans:
            days = [day_number(find_date(0).fromisoformat(text)) for text in (start, end)]
            key = f"ACT-{name.split(maxsplit=1)[0]}-{year}"
            rows.append((key, name, "activity", -1, -1, days[0], days[1], factor, online))
    return rows


def _local_events(
    rng: np.random.Generator, locations: Locations, first: int, last: int
) -> list[_EventRow]:
    """Street festivals, marathons, road works: a few days at one store."""
    stores = np.flatnonzero(locations.kind == STORE)
    count = max(3, stores.size * (last - first) // 180)
    kinds = (("Street festival", 1.6), ("Marathon", 1.25), ("Road works", 0.65), ("Fair", 1.4))
    rows: list[_EventRow] = []
    for number in range(count):
        name, factor = kinds[int(rng.integers(len(kinds)))]
        node = int(rng.choice(stores))
        start = int(rng.integers(first, last))
        end = start + int(rng.integers(0, 5))
        region = int(locations.region[node])
        rows.append((f"LOC-{number:05d}", name, "local", region, node, start, end, factor, 1.0))
    return rows
