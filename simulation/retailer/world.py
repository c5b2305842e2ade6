"""Everything that is drawn before the first day."""

from dataclasses import dataclass

import numpy as np

from simulation.retailer.arrays import Bools, Ints, day_number
from simulation.retailer.context import Calendar, Weather, build_calendar, build_weather
from simulation.retailer.defects import DefectFlow
from simulation.retailer.demand import Demand, build_demand
from simulation.retailer.fulfilment import Fulfilment, build_fulfilment
from simulation.retailer.locations import build_locations
from simulation.retailer.network import Network, build_network
from simulation.retailer.offers import Offers, build_offers
from simulation.retailer.online_orders import Backlog, no_lines
from simulation.retailer.order_book import OrderBook, empty_book
from simulation.retailer.products import build_products
from simulation.retailer.purchasing import opening_stock, order_history
from simulation.retailer.returns import ReturnFlow
from simulation.retailer.settings import RetailerSettings
from simulation.retailer.stock_state import StockState
from simulation.retailer.substitution import Substitution, build_substitution
from simulation.retailer.transfers import Replenishment, first_guess, habits
from simulation.retailer.troubles import Trouble, build_troubles
from simulation.retailer.vendors import Vendors, VendorTerms, build_terms, build_vendors


@dataclass(frozen=True)
class RetailerWorld:
    """The retailer: what is fixed, and the state that the days change."""

    settings: RetailerSettings
    seed: int
    first: int
    last: int
    network: Network
    vendors: Vendors
    terms: VendorTerms
    weather: Weather
    calendar: Calendar
    offers: Offers
    demand: Demand
    troubles: list[Trouble]
    state: StockState
    book: OrderBook
    replenishment: Replenishment
    backlog: Backlog
    fulfilment: Fulfilment
    substitution: Substitution
    returns: ReturnFlow
    defects: DefectFlow

    def known(self, day: int) -> Bools:
        """Pairs whose item has been announced by a day."""
        return np.asarray((self.network.products.announced <= day)[self.network.sku])


def build_world(settings: RetailerSettings, seed: int) -> RetailerWorld:
    """Draw a retailer as it stands on the evening before its first business date."""
    first = day_number(settings.first_date)
    vendors = build_vendors(settings, seed)
    products = build_products(settings, seed, vendors.names)
    locations = build_locations(settings, seed)
    terms = build_terms(settings, seed, products, vendors)
    network = build_network(settings, seed, products, locations)
    weather = build_weather(settings, seed)
    calendar = build_calendar(settings, seed, locations)
    offers = build_offers(settings, seed, products, locations)
    replenishment = Replenishment(network, first_guess(network, seed), habits(network, seed), seed)
    book = empty_book(network, vendors, terms, seed)
    forecast = replenishment.forecast
    order_history(book, forecast, first, settings.order_history_days)
    levels = replenishment.levels() * replenishment.served(first)
    last = day_number(settings.last_date)
    return RetailerWorld(
        settings=settings,
        seed=seed,
        first=first,
        last=last,
        network=network,
        vendors=vendors,
        terms=terms,
        weather=weather,
        calendar=calendar,
        offers=offers,
        demand=build_demand(
            settings, seed, network=network, weather=weather, calendar=calendar, offers=offers
        ),
        troubles=build_troubles(settings, seed, vendors, _live_items(network, vendors, last)),
        state=StockState.of(opening_stock(book, levels, forecast, first)),
        book=book,
        replenishment=replenishment,
        backlog=Backlog(
            network, settings.regions, settings.collected_share, seed, no_lines(), no_lines()
        ),
        fulfilment=build_fulfilment(settings, seed, locations),
        substitution=build_substitution(seed, products),
        returns=ReturnFlow(network, seed),
        defects=DefectFlow.of(vendors, seed),
    )


def _live_items(network: Network, vendors: Vendors, day: int) -> Ints:
    """Items on sale on a day by main supplier."""
    products = network.products
    live = (products.launch <= day) & (day <= products.exit)
    return np.bincount(products.supplier[live], minlength=vendors.profile.size)
