"""Draws a chart over days as SVG; colours come from the style sheet by class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor, log10
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_WIDTH: Final = 860
_HEIGHT: Final = 260
_LEFT: Final = 52
_RIGHT: Final = 16
_TOP: Final = 26
_BOTTOM: Final = 30
_TICKS: Final = 4
_DAY_TICKS: Final = 7

Point = tuple[date, float | None]


@dataclass(frozen=True)
class Line:
    """A line from day to day, broken where a value is missing.

    Attributes:
        name: what it shows.
        style: class of the style sheet.
        points: day and value.
    """

    name: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Step:
    """A level that holds for all days.

    Attributes:
        name: what it is.
        style: class of the style sheet.
        value: of the level.
    """

    name: str
    style: str
    value: float


@dataclass(frozen=True)
class Band:
    """What lies between two lines.

    Attributes:
        name: what it shows.
        style: class of the style sheet.
        points: day, lower and upper value.
    """

    name: str
    style: str
    points: Sequence[tuple[date, float, float]]


@dataclass(frozen=True)
class Mark:
    """A bar that stands on a day.

    Attributes:
        name: what it shows.
        style: class of the style sheet.
        points: day and value; missing and 0 are not drawn.
    """

    name: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Span:
    """Days in which something holds, shaded from top to ground; it says what when pointed at.

    Attributes:
        name: what it shows.
        style: class of the style sheet.
        points: first and last day, and what is said of them.
    """

    name: str
    style: str
    points: Sequence[tuple[date, date, str]]


Part = Band | Line | Mark | Span | Step


@dataclass(frozen=True)
class Chart:
    """A chart over days.

    Attributes:
        name: by which its title is found on the page.
        title: what it shows.
        unit: of the values.
        said: the same in words, for those who do not see it.
        parts: what is drawn, the first below the others.
        today: the last day that is known; missing where all lie ahead.
    """

    name: str
    title: str
    unit: str
    said: str
    parts: Sequence[Part]
    today: date | None = None


@dataclass(frozen=True)
class _Frame:
    """Where days and values lie in the picture."""

    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        return _LEFT + (day - self.first).days / span * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def place(self, day: date, value: float) -> str:
        return f"{self.x(day):.1f},{self.y(value):.1f}"


def draw_chart(chart: Chart) -> str:
    """Draw a chart as an SVG element with a title and a description.

    Args:
        chart: with at least one day; its values are finite. Days are those of what has values:
            what holds before or after them is cut.

    Returns:
        SVG; an empty text where nothing is there to be drawn.
    """
    timed = (part for part in chart.parts if not isinstance(part, Step | Span))
    days = [point[0] for part in timed for point in part.points]
    if not days:
        return ""
    frame = _fit(days, chart)
    drawn = [*_draw_axes(frame, chart.unit), *_draw_today(frame, chart.today)]
    for part in chart.parts:
        drawn += _draw_part(part, frame)
    name = quoteattr(f"{chart.name}-title {chart.name}-said")
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby={name}>'
        f"<title id={quoteattr(f'{chart.name}-title')}>{escape(chart.title)}</title>"
        f"<desc id={quoteattr(f'{chart.name}-said')}>{escape(chart.said)}</desc>"
        f"{''.join(drawn)}</svg>"
    )


def _fit(days: Sequence[date], chart: Chart) -> _Frame:
    values = [0.0]
    for part in chart.parts:
        if isinstance(part, Span):
            continue
        if isinstance(part, Step):
            values.append(part.value)
        elif isinstance(part, Band):
            values += [upper for _, _, upper in part.points]
        else:
            values += [value for _, value in part.points if value is not None]
    high, low = max(values), min(values)
    size = _find_tick(high - low or 1.0)
    low = low // size * size
    return _Frame(min(days), max(days), low, low + max(-(-(high - low) // size), 1) * size)


def _find_tick(span: float) -> float:
    """A round distance of which some four fit into a span."""
    raw = span / _TICKS
    power: float = 10.0 ** floor(log10(raw))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw)


def _draw_axes(frame: _Frame, unit: str) -> Iterator[str]:
    size = _find_tick(frame.high - frame.low)
    value = -(-frame.low // size) * size
    while value <= frame.high + size / 1000:
        y = frame.y(value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        # The sum of what is below zero and a tick may be -0.
        words = f"{value + 0.0:,.6g}"
        yield f'<text class="tick value" x="{_LEFT - 6}" y="{y + 4:.1f}">{words}</text>'
        value += size
    yield f'<text class="tick" x="4" y="12">{escape(unit)}</text>'
    step = max(round((frame.last - frame.first).days / _DAY_TICKS), 1)
    day = frame.first + timedelta(days=step // 2)
    while day <= frame.last:
        words = f"{day.day} {day:%b}"
        yield f'<text class="tick day" x="{frame.x(day):.1f}" y="{_HEIGHT - 8}">{words}</text>'
        day += timedelta(days=step)


def _draw_today(frame: _Frame, today: date | None) -> Iterator[str]:
    if today is not None and frame.first <= today <= frame.last:
        x = frame.x(today)
        ends = f'y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"'
        yield f'<line class="today" x1="{x:.1f}" x2="{x:.1f}" {ends}/>'


def _draw_part(part: Part, frame: _Frame) -> Iterator[str]:
    if isinstance(part, Step):
        ends = frame.place(frame.first, part.value), frame.place(frame.last, part.value)
        yield f'<polyline class="line {part.style}" points="{" ".join(ends)}"/>'
    elif isinstance(part, Band):
        upper = [frame.place(day, high) for day, _, high in part.points]
        lower = [frame.place(day, low) for day, low, _ in reversed(part.points)]
        yield f'<polygon class="band {part.style}" points="{" ".join((*upper, *lower))}"/>'
    elif isinstance(part, Mark):
        yield from _draw_bars(part, frame)
    elif isinstance(part, Span):
        yield from _draw_spans(part, frame)
    else:
        for run in _split(part.points):
            points = " ".join(frame.place(day, value) for day, value in run)
            yield f'<polyline class="line {part.style}" points="{points}"/>'


def _draw_bars(part: Mark, frame: _Frame) -> Iterator[str]:
    for day, value in part.points:
        if value:
            top, ground = sorted((frame.y(value), frame.y(0.0)))
            yield (
                f'<rect class="bar {part.style}" x="{frame.x(day) - 2:.1f}" y="{top:.1f}" '
                f'width="4" height="{max(ground - top, 1):.1f}"/>'
            )


def _draw_spans(part: Span, frame: _Frame) -> Iterator[str]:
    for first, last, said in part.points:
        begin, end = max(first, frame.first), min(last, frame.last)
        if begin <= end:
            x = frame.x(begin) - 2
            yield (
                f'<rect class="span {part.style}" x="{x:.1f}" y="{_TOP}" '
                f'width="{frame.x(end) + 2 - x:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}">'
                f"<title>{escape(said)}</title></rect>"
            )


def _split(points: Sequence[Point]) -> Iterator[list[tuple[date, float]]]:
    """Runs of days whose value is known."""
    run: list[tuple[date, float]] = []
    for day, value in points:
        if value is None:
            if run:
                yield run
            run = []
        else:
            run.append((day, value))
    if run:
        yield run
