"""True demand: the mean of every pair on every day, and draws from it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import Floats, Ints, day_number, find_date, make_generator, pick
from simulation.retailer.context import Calendar, Weather
from simulation.retailer.geography import REGIONS
from simulation.retailer.locations import DC, STORE
from simulation.retailer.network import Network
from simulation.retailer.offers import Offers
from simulation.retailer.products import CATEGORIES
from simulation.retailer.settings import RetailerSettings
from simulation.retailer.surge import SurgeFactors, find_surge_factors

STORE_WEEK = (0.78, 0.80, 0.88, 0.98, 1.22, 1.62, 0.72)
ONLINE_WEEK = (1.08, 1.00, 0.96, 0.94, 0.88, 0.92, 1.22)
BROWSING_LEAD = 3
"""Days by which page views run ahead of the popularity that moves sales."""

VIEWS = 12.0
"""Page views a day that an average item gets in a region."""

TAIL = BROWSING_LEAD + 1


@dataclass(frozen=True)
class Demand:
    """What customers want, before any shelf is empty.

    Attributes:
        trend: [style, day] slow popularity of a style, mean about 1; day 0 is `first`.
        surge: what the last days bring beyond what always may.
    """

    network: Network
    weather: Weather
    calendar: Calendar
    offers: Offers
    first: int
    trend: Floats
    seed: int
    surge: SurgeFactors | None = None

    def means(self, day: int, price: Floats) -> Floats:
        """Mean demand of every pair on a day, given the selling price of every item and zone."""
        network = self.network
        products = network.products
        factors = self._item_factors(day)[:, None] * self._weather_factors(day)
        factors *= (price / products.price[:, None]) ** -products.elasticity[:, None]
        if self.surge is not None and self.surge.since <= day:
            factors *= self.surge.factors
        cells = factors.ravel()[network.zone_cell]
        return np.asarray(network.base * cells * self._location_factors(day)[network.location])

    def draw(self, means: Floats, day: int) -> Ints:
        """Units wanted of every pair: negative binomial with the dispersion of the item."""
        return self.draw_with_rates(means, day)[0]

    def draw_with_rates(self, means: Floats, day: int) -> tuple[Ints, Floats]:
        """The units wanted, and their mean once the luck of the day is known: Poisson by it."""
        rng = make_generator(self.seed, "demand", day)
        shape = self.network.products.dispersion[self.network.sku]
        wanted, rates = np.zeros(means.size, dtype=np.int64), np.zeros(means.size)
        live = means > 0
        shape, mean = shape[live], means[live]
        rates[live] = rng.standard_gamma(shape) * mean / shape
        wanted[live] = rng.poisson(rates[live])
        return wanted, rates

    def browsing(self, day: int, regions: int) -> pl.DataFrame:
        """Rows of `browsing`: page views follow the popularity of some days ahead."""
        products = self.network.products
        rng = make_generator(self.seed, "browsing", day)
        appeal = self._item_factors(day, ahead=BROWSING_LEAD) * products.popularity
        views = rng.poisson(np.repeat(VIEWS * appeal[:, None], regions, axis=1))
        sku, region = np.nonzero(views)
        seen = views[sku, region]
        return pl.DataFrame(
            {
                "date": pl.Series([find_date(day)] * sku.size, dtype=pl.Date),
                "sku": pick(products.names, sku),
                "region": pick(pl.Series([r.name for r in REGIONS]), region),
                "views": seen,
                "add_to_cart": rng.binomial(seen, 0.09),
            }
        )

    def _item_factors(self, day: int, ahead: int = 0) -> Floats:
        """Season, life and popularity of each item."""
        products = self.network.products
        of_year = find_date(day).timetuple().tm_yday
        peaks = np.array([c.peak for c in CATEGORIES])
        swings = np.array([c.swing for c in CATEGORIES])
        season = 1 + swings * np.cos(2 * np.pi * (of_year - peaks) / 365.25)
        age = day - products.launch
        # A fashion style starts with a rush that wears off over its life.
        life = np.where(products.fashion, 0.65 + 0.9 * np.exp(-np.maximum(age, 0) / 45), 1.0)
        life = np.where((age < 0) | (day > products.exit), 0.0, life)
        trend = self.trend[products.style, day + ahead - self.first]
        return np.asarray(season[products.category] * life * trend)

    def _weather_factors(self, day: int) -> Floats:
        """Effect of warmth and rain, [sku, zone]; online shoppers feel the mean of all regions."""
        at = day - self.weather.first
        zones = self.network.locations.zones
        regions = self.weather.warmth.shape[0]
        warmth, rain = self.weather.warmth[:, at], self.weather.rain[:, at]
        online = zones - regions
        warmth = np.append(warmth, np.full(online, warmth.mean()))
        wet = np.append(rain, np.full(online, rain.mean()))
        # Rain keeps people out of the shops and at the screen.
        footfall = np.append(np.exp(-0.012 * rain), np.full(online, np.exp(0.006 * rain.mean())))
        category = np.exp(
            np.outer([c.warmth for c in CATEGORIES], warmth / 10)
            + np.outer([c.rain for c in CATEGORIES], np.minimum(wet, 15))
        )
        return np.asarray((category * footfall)[self.network.products.category])

    def _location_factors(self, day: int) -> Floats:
        """Weekday, opening, events and the mood of the day at each node."""
        locations = self.network.locations
        weekday = find_date(day).weekday()
        stores = locations.kind == STORE
        factors = np.where(stores, STORE_WEEK[weekday], ONLINE_WEEK[weekday])
        factors *= make_generator(self.seed, "mood", day).lognormal(0, 0.08, stores.size)
        factors *= self.calendar.location_factors(day, locations)
        factors[~locations.opens[:, weekday] | (locations.opened > day)] = 0.0
        factors[locations.kind == DC] = 0.0
        return np.asarray(factors)


def build_demand(  # noqa: PLR0913  # the parts of the world that demand hangs on
    settings: RetailerSettings,
    seed: int,
    *,
    network: Network,
    weather: Weather,
    calendar: Calendar,
    offers: Offers,
) -> Demand:
    """Draw the popularity of styles: first-order autoregression in logs."""
    rng = make_generator(seed, "trend")
    styles = int(network.products.style.max()) + 1
    shocks = rng.normal(0, 0.05, (styles, settings.days + TAIL))
    trend: Floats = np.zeros_like(shocks)
    trend[:, 0] = rng.normal(0, 0.2, styles)
    for day in range(1, settings.days + TAIL):
        trend[:, day] = 0.98 * trend[:, day - 1] + shocks[:, day]
    return Demand(
        network=network,
        weather=weather,
        calendar=calendar,
        offers=offers,
        first=day_number(settings.first_date),
        trend=np.exp(trend),
        seed=seed,
        surge=find_surge_factors(settings, network),
    )
