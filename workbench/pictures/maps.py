"""Draws trips between places as a map; colours come from the style sheet by class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_WIDTH: Final = 420
_HEIGHT: Final = 300
_EDGE: Final = 46
_LEAST_SPAN: Final = 0.05
"""Degrees that a map shows at least, so that one city does not fill it."""
_WIDEST: Final = 7.0
_LETTER: Final = 7.0
_LINE: Final = 11.0
"""Width of a letter and height of a name, about."""
_DOT: Final = 4.0
"""Radius of a place."""


@dataclass(frozen=True)
class Place:
    """Where a location lies.

    Attributes:
        name: of the location.
        latitude: in degrees.
        longitude: in degrees.
    """

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Trip:
    """A trip from a place to another.

    Attributes:
        origin: where it begins.
        destination: where it ends.
        weight: by which it is drawn the wider.
        said: what a reader is told of it.
        address: of the page with what it carries.
    """

    origin: Place
    destination: Place
    weight: float
    said: str
    address: str


def draw_trips(name: str, title: str, trips: Sequence[Trip], most: float) -> str:
    """Draw trips as an SVG element, north above, each a link and the wider the more it weighs.

    Args:
        name: by which its title is found on the page.
        title: what it shows.
        trips: what is drawn.
        most: weight of the widest line, which maps that are compared have in common.

    Returns:
        SVG; an empty text where nothing is there to be drawn.
    """
    if not trips:
        return ""
    places = {place.name: place for trip in trips for place in (trip.origin, trip.destination)}
    at = _lay_out(list(places.values()))
    drawn = [
        *(_draw_trip(trip, at, most) for trip in sorted(trips, key=lambda trip: -trip.weight)),
        *_draw_places(at),
    ]
    title_id = quoteattr(f"{name}-title")
    return (
        f'<svg class="map" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        f"aria-labelledby={title_id}><title id={title_id}>{escape(title)}</title>"
        f"{''.join(drawn)}</svg>"
    )


def _lay_out(places: Sequence[Place]) -> dict[str, tuple[float, float]]:
    """Where places lie in the picture; a degree is as long both ways as it is at their middle."""
    south, north = (pick(place.latitude for place in places) for pick in (min, max))
    west, east = (pick(place.longitude for place in places) for pick in (min, max))
    narrow = cos(radians((south + north) / 2))
    high = max(north - south, _LEAST_SPAN)
    wide = max((east - west) * narrow, _LEAST_SPAN)
    scale = min((_WIDTH - 2 * _EDGE) / wide, (_HEIGHT - 2 * _EDGE) / high)
    return {
        place.name: (
            _WIDTH / 2 + (place.longitude - (west + east) / 2) * narrow * scale,
            _HEIGHT / 2 - (place.latitude - (south + north) / 2) * scale,
        )
        for place in places
    }


def _draw_trip(trip: Trip, at: dict[str, tuple[float, float]], most: float) -> str:
    """A bent line, so that there and back are two."""
    (x1, y1), (x2, y2) = at[trip.origin.name], at[trip.destination.name]
    bent_x, bent_y = (x1 + x2) / 2 - (y2 - y1) * 0.18, (y1 + y2) / 2 + (x2 - x1) * 0.18
    width = 1.5 + _WIDEST * max(trip.weight, 0.0) / most if most > 0 else 1.5
    line = f"M{x1:.1f} {y1:.1f}Q{bent_x:.1f} {bent_y:.1f} {x2:.1f} {y2:.1f}"
    return (
        f"<a href={quoteattr(trip.address)} aria-label={quoteattr(trip.said)}>"
        f'<path class="trip" d="{line}" stroke-width="{width:.1f}">'
        f"<title>{escape(trip.said)}</title></path></a>"
    )


def _draw_places(at: dict[str, tuple[float, float]]) -> Iterator[str]:
    """A dot for each place, and its name where that covers no dot and no other name."""
    taken = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in at.values()]
    for name, (x, y) in at.items():
        yield f'<circle class="place" cx="{x:.1f}" cy="{y:.1f}" r="{_DOT:.0f}"/>'
        wide = _LETTER * len(name)
        for style, left, below in _around(x, y, wide):
            box = (left, below - _LINE, left + wide, below)
            if not any(_cover(box, other) for other in taken):
                taken.append(box)
                start = left + wide if style == "end" else left
                yield f'<text class="{style}" x="{start:.1f}" y="{below:.1f}">{escape(name)}</text>'
                break


def _around(x: float, y: float, wide: float) -> Iterator[tuple[str, float, float]]:
    """Where the name of a place may stand: style, left end and base line, the best first."""
    for below in (y - 6, y + 14, y + 4, y - 18, y + 26):
        yield "start", x + 8, below
        yield "end", x - 8 - wide, below


def _cover(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
