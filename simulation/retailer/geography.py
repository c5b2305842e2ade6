"""Real regions and cities, and where the simulated goods come from."""

from typing import NamedTuple


class City(NamedTuple):
    """A city and where it lies."""

    name: str
    latitude: float
    longitude: float


class Region(NamedTuple):
    """A region: its country (for public holidays), its climate, its cities."""

    name: str
    country: str
    mean_temperature: float
    temperature_swing: float
    rain_chance: float
    sunday_trade: bool
    cities: tuple[City, ...]


class Origin(NamedTuple):
    """Where suppliers are: contract lead time and the part of it that is transport, in days."""

    name: str
    lead_time: int
    transport: int


REGIONS = (
    Region(
        "Bavaria",
        "DE",
        9.5,
        10.0,
        0.40,
        False,
        (
            City("München", 48.14, 11.58),
            City("Nürnberg", 49.45, 11.08),
            City("Augsburg", 48.37, 10.90),
            City("Regensburg", 49.01, 12.10),
            City("Würzburg", 49.79, 9.95),
        ),
    ),
    Region(
        "Rhineland",
        "DE",
        10.8,
        8.5,
        0.45,
        False,
        (
            City("Köln", 50.94, 6.96),
            City("Düsseldorf", 51.23, 6.77),
            City("Bonn", 50.73, 7.10),
            City("Aachen", 50.78, 6.08),
            City("Essen", 51.46, 7.01),
        ),
    ),
    Region(
        "Ile-de-France",
        "FR",
        12.4,
        8.0,
        0.38,
        True,
        (
            City("Paris", 48.86, 2.35),
            City("Versailles", 48.80, 2.13),
            City("Créteil", 48.79, 2.46),
            City("Saint-Denis", 48.94, 2.36),
            City("Évry", 48.63, 2.44),
        ),
    ),
    Region(
        "Lombardy",
        "IT",
        13.8,
        10.5,
        0.28,
        True,
        (
            City("Milano", 45.46, 9.19),
            City("Bergamo", 45.70, 9.67),
            City("Brescia", 45.54, 10.22),
            City("Monza", 45.58, 9.27),
            City("Como", 45.81, 9.09),
        ),
    ),
    Region(
        "Catalonia",
        "ES",
        16.8,
        7.5,
        0.18,
        True,
        (
            City("Barcelona", 41.39, 2.17),
            City("Girona", 41.98, 2.82),
            City("Tarragona", 41.12, 1.24),
            City("Lleida", 41.62, 0.62),
            City("Sabadell", 41.55, 2.11),
        ),
    ),
    Region(
        "Holland",
        "NL",
        10.9,
        7.5,
        0.48,
        True,
        (
            City("Amsterdam", 52.37, 4.90),
            City("Rotterdam", 51.92, 4.48),
            City("Haarlem", 52.38, 4.64),
            City("Leiden", 52.16, 4.49),
            City("Den Haag", 52.08, 4.31),
        ),
    ),
    Region(
        "Svealand",
        "SE",
        7.2,
        10.5,
        0.36,
        True,
        (
            City("Stockholm", 59.33, 18.07),
            City("Uppsala", 59.86, 17.64),
            City("Västerås", 59.61, 16.55),
            City("Örebro", 59.27, 15.21),
            City("Eskilstuna", 59.37, 16.51),
        ),
    ),
    Region(
        "Mazovia",
        "PL",
        8.8,
        11.0,
        0.37,
        False,
        (
            City("Warszawa", 52.23, 21.01),
            City("Radom", 51.40, 21.15),
            City("Płock", 52.55, 19.71),
            City("Siedlce", 52.17, 22.29),
            City("Legionowo", 52.40, 20.93),
        ),
    ),
)

ORIGINS = (
    Origin("Portugal", 16, 4),
    Origin("Bangladesh", 56, 28),
    Origin("Turkey", 21, 6),
    Origin("China", 49, 26),
    Origin("Italy", 14, 3),
    Origin("Vietnam", 52, 28),
    Origin("Morocco", 18, 5),
    Origin("India", 45, 24),
)
