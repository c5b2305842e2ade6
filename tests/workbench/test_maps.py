"""Maps are SVG in which places lie as they do on the ground, and trips lead to what they carry."""

from math import cos, radians
from xml.etree import ElementTree as ET

import pytest

from workbench.pictures import Place, Trip, draw_trips

SOUTH, NORTH, EAST = Place("A<b", 48.0, 11.0), Place("B", 49.0, 11.0), Place("C", 48.0, 12.0)


def trip(origin, destination, weight=1.0):
    return Trip(origin, destination, weight, f"{origin.name} & more", "/worklist?a=1&b=<2>")


def draw(*trips, most=4.0):
    return ET.fromstring(draw_trips("m", "Trips <here>", trips, most))  # noqa: S314  # our own


def ends(path):
    numbers = path.get("d").replace("M", "").replace("Q", " ").split()
    x1, y1, *_, x2, y2 = map(float, numbers)
    return (x1, y1), (x2, y2)


def test_north_is_above_and_a_degree_east_is_shorter_by_its_latitude():
    up, right = draw(trip(SOUTH, NORTH), trip(SOUTH, EAST)).iter("path")
    (x1, y1), (x2, y2) = ends(up)
    assert x1 == x2
    assert y1 > y2
    (x3, y3), (x4, y4) = ends(right)
    assert (x3, y3) == (x1, y1)
    assert y4 == y3
    assert (x4 - x3) / (y1 - y2) == pytest.approx(cos(radians(48.5)), abs=0.01)


def test_all_lies_within_the_picture_even_where_places_are_one():
    for trips in (
        [trip(SOUTH, NORTH), trip(NORTH, EAST), trip(EAST, SOUTH)],
        [trip(SOUTH, Place("Same", 48.0, 11.0))],
    ):
        svg = draw(*trips)
        _, _, width, height = map(float, svg.get("viewBox").split())
        for dot in svg.iter("circle"):
            assert 0 < float(dot.get("cx")) < width
            assert 0 < float(dot.get("cy")) < height


def test_a_trip_that_weighs_more_is_wider_and_is_a_link_with_words():
    svg = draw(trip(SOUTH, NORTH, 1.0), trip(SOUTH, EAST, 4.0), trip(NORTH, EAST, -1.0))
    widths = [float(path.get("stroke-width")) for path in svg.iter("path")]
    assert widths == sorted(widths, reverse=True)
    assert min(widths) > 0
    links = list(svg.iter("a"))
    assert {link.get("href") for link in links} == {"/worklist?a=1&b=<2>"}
    assert links[0].get("aria-label") == "A<b & more"


def test_maps_that_are_compared_have_one_measure_of_width():
    (alone,) = draw(trip(SOUTH, NORTH, 1.0)).iter("path")
    beside = [path.get("stroke-width") for path in draw(trip(SOUTH, NORTH, 4.0)).iter("path")]
    assert float(alone.get("stroke-width")) < float(beside[0])


def test_names_lie_on_no_dot():
    near = [Place(f"S{number:03}", 48.0, 11 + number / 4) for number in range(9)]
    svg = draw(*(trip(place, Place("far", 52.0, 12.0)) for place in near))
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in svg.iter("circle")]
    names = list(svg.iter("text"))
    assert names
    for name in names:
        wide, start, ground = 7.0 * len(name.text), float(name.get("x")), float(name.get("y"))
        left = start - wide if name.get("class") == "end" else start
        for x, y in dots:
            assert x + 4 <= left or x - 4 >= left + wide or y + 4 <= ground - 11 or y - 4 >= ground


def test_names_cover_no_other_name():
    near = [Place(f"S{number:03}", 48 + number / 1000, 11.0) for number in range(9)]
    far = Place("far", 52.0, 13.0)
    names = [
        (float(text.get("x")), float(text.get("y")), text.get("class"))
        for text in draw(*(trip(place, far) for place in near)).iter("text")
    ]
    assert len(names) > 2
    for place, (x, y, style) in enumerate(names):
        for other_x, other_y, other_style in names[place + 1 :]:
            if style == other_style:
                assert abs(x - other_x) >= 20 or abs(y - other_y) >= 10


def test_without_trips_nothing_is_drawn():
    assert draw_trips("m", "Trips", [], 0.0) == ""
