"""Charts as SVG, made of rows: no library, no script, and a text beside each."""

from workbench.pictures.charts import Band, Chart, Line, Mark, Step, draw_chart

__all__ = ["Band", "Chart", "Line", "Mark", "Step", "draw_chart"]
