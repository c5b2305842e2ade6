"""Charts are SVG that can be read, and say in words what they show."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

from workbench.pictures import Band, Chart, Line, Mark, Span, Step, draw_chart

FIRST = date(2025, 10, 1)


def days(*values):
    return [(FIRST + timedelta(days=place), value) for place, value in enumerate(values)]


def draw(*parts, title="Demand", today=None):
    svg = draw_chart(Chart("demand", title, "units", "Two < three.", parts, today))
    return ET.fromstring(svg)  # noqa: S314  # our own


def points(element):
    return [tuple(map(float, pair.split(","))) for pair in element.get("points").split()]


def test_values_lie_in_proportion_between_the_lines_of_the_grid():
    chart = draw(Line("wanted", "wanted", days(0, 2, 4)))
    (line,) = chart.iter("polyline")
    (left, ground), (middle, half), (right, top) = points(line)
    assert middle - left == right - middle > 0
    assert ground - half == half - top > 0
    grid = {float(found.get("y1")) for found in chart.iter("line")}
    assert {ground, top} <= grid
    ticks = [found.text for found in chart.iter("text") if "value" in found.get("class")]
    assert ticks == ["0", "1", "2", "3", "4"]


def test_a_missing_value_breaks_the_line():
    lines = list(draw(Line("wanted", "wanted", days(1, 2, None, 3, 4))).iter("polyline"))
    assert [len(points(line)) for line in lines] == [2, 2]


def test_a_value_below_zero_is_within_the_picture():
    chart = draw(Line("stock", "stock", days(5, -5)), Step("level", "level", 10))
    height = float(chart.get("viewBox").split()[3])
    for line in chart.iter("polyline"):
        assert all(0 <= y <= height for _, y in points(line))


def test_the_axis_goes_below_the_lowest_value_and_has_a_zero_without_sign():
    chart = draw(Line("stock", "stock", days(250, -980)))
    ticks = [found.text for found in chart.iter("text") if "value" in found.get("class")]
    assert "-0" not in ticks
    assert "0" in ticks
    assert float(ticks[0].replace(",", "")) <= -980


def test_bands_and_bars_are_drawn():
    chart = draw(
        Band("80 %", "wide", [(*day, day[1] + 2) for day in days(1, 2)]),
        Mark("sold", "sold", days(3, 0, None)),
    )
    (band,) = chart.iter("polygon")
    assert len(points(band)) == 4
    assert len(list(chart.iter("rect"))) == 1, "no bar where nothing sold or nothing is known"


def test_title_and_words_are_there_for_those_who_do_not_see_it():
    chart = draw(Line("wanted", "wanted", days(1)), title="Sold & wanted", today=FIRST)
    assert chart.get("role") == "img"
    named = {found.get("id"): found.text for found in chart if found.get("id")}
    assert named == {"demand-title": "Sold & wanted", "demand-said": "Two < three."}
    assert chart.get("aria-labelledby").split() == [*named]


def test_nothing_is_drawn_of_nothing():
    assert draw_chart(Chart("x", "x", "x", "x", [Line("a", "a", []), Step("b", "b", 1)])) == ""


def test_what_holds_for_days_is_shaded_as_far_as_the_chart_goes():
    spans = [
        (FIRST - timedelta(days=9), FIRST + timedelta(days=1), "Sale & more"),
        (FIRST + timedelta(days=30), FIRST + timedelta(days=40), "later"),
    ]
    chart = draw(Line("wanted", "wanted", days(1, 2, 3)), Span("sales", "promotion", spans))
    (shaded,) = [found for found in chart.iter("rect") if "span" in found.get("class")]
    (line,) = chart.iter("polyline")
    (first, _), (second, _), _ = points(line)
    begin = float(shaded.get("x"))
    assert begin < first < second < begin + float(shaded.get("width")) < second + 5
    assert shaded.find("title").text == "Sale & more"
