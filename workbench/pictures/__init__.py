"""Charts and maps as SVG, made of rows: no library, no script, and a text beside each."""

from workbench.pictures.charts import Band, Chart, Line, Mark, Span, Step, draw_chart
from workbench.pictures.maps import Place, Trip, draw_trips

__all__ = [
    "Band",
    "Chart",
    "Line",
    "Mark",
    "Place",
    "Span",
    "Step",
    "Trip",
    "draw_chart",
    "draw_trips",
]
