"""Says the views of the read copy as docs/reporting.md; `make docs` writes it."""

import inspect
from typing import Final

from quality_checks.contracts import VIEW_SCHEMA, VIEWS
from quality_checks.document.page import name_key, tabulate_columns

_INTRODUCTION: Final = """\
# Reporting

Made from `views.py`, `desk_views.py` and `metric_views.py` in `quality_checks/contracts/` by
`make docs`; change it there.

`warehouse/plenish-read.duckdb` in the data folder is the whole warehouse as the newest run left it:
every table of [contracts.md](contracts.md), and views in the schema `{schema}`. Their names and
columns stay while tables change. Every table, view and column has its meaning as a comment. Open it
read-only, as long as you like, and open it again for news:

    duckdb -readonly data/warehouse/plenish-read.duckdb

| view | what |
| --- | --- |
{listed}

## Questions

What was asked for, by category, and how far it has come:

```sql
SELECT category, kind, standing, count(*) AS actions, sum(value) AS value, sum(benefit) AS benefit
FROM analysis.planned_actions GROUP BY ALL ORDER BY ALL
```

Which shortages cost most, and why:

```sql
SELECT item_name, location_name, state, short_until, lost_margin, cause, why
FROM analysis.projected_stock_outs ORDER BY lost_margin DESC NULLS LAST LIMIT 20
```

What tonight's plan ties up by week ahead, and what is due to suppliers until then:

```sql
SELECT week, ends_on, sum(exposure_as_is) AS as_is, sum(exposure_with_proposals) AS with_plan,
    (SELECT sum(due_with_proposals) FROM analysis.payments_ahead p WHERE p.week <= c.week) AS due
FROM analysis.capital_ahead c GROUP BY week, ends_on ORDER BY week
```

What changed since the plan before, and why:

```sql
SELECT cause, change, count(*) AS actions, sum(value - value_before) AS value
FROM analysis.plan_differences GROUP BY ALL ORDER BY ALL
```

How much goes by itself, how much people change, and what of what left was done:

```sql
SELECT kind, sum(by_policy) / nullif(sum(actions - stopped), 0) AS automated,
    sum(overridden) AS overridden, sum(rejected) AS rejected, any_value(shown) AS shown
FROM analysis.automation_rates LEFT JOIN (
    SELECT kind, sum(shown_units) / sum(units) AS shown
    FROM analysis.implemented_lines GROUP BY kind
) USING (kind) GROUP BY kind ORDER BY kind
```

Which lines has the ERP not answered, or not taken as they were sent:

```sql
SELECT business_date, batch, kind, item_name, destination_name, quantity, erp_status, erp_quantity,
    message
FROM analysis.exported_lines WHERE erp_status <> 'accepted' ORDER BY business_date, batch, action_id
```

How good is the forecast of a week ahead, by category and month:

```sql
SELECT category, date_trunc('month', business_date) AS month,
    sum(absolute_error) / nullif(sum(actual), 0) AS wape,
    sum(forecast) / nullif(sum(actual), 0) - 1 AS bias,
    sum(naive_error) / nullif(sum(actual), 0) AS naive_wape
FROM analysis.category_accuracy WHERE lead_days BETWEEN 1 AND 7 GROUP BY ALL ORDER BY ALL
```

How the retailer does, and by category where stock turns slowest:

```sql
SELECT words, value, unit, basis, counted FROM analysis.key_metrics ORDER BY place;

SELECT category, 365 * sum(cost_of_sales) / nullif(sum(stock_days), 0) AS turns
FROM analysis.stock_turns GROUP BY category ORDER BY turns
```

What a table or a column means:

```sql
SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
WHERE column_name = 'order_up_to' ORDER BY ALL
```"""


def describe_views() -> str:
    """docs/reporting.md: every view for analysts, and questions that they answer."""
    listed = "\n".join(
        f"| [{name}](#{name}) | {_describe(view.description).partition('.')[0]}. |"
        for name, view in VIEWS.items()
    )
    parts = [_INTRODUCTION.format(schema=VIEW_SCHEMA, listed=listed), "## Views"]
    for name, view in VIEWS.items():
        facts = f"- View: `{VIEW_SCHEMA}.{name}`\n- One row for: {name_key(view)}"
        parts += [f"### {name}", _describe(view.description), facts, tabulate_columns(view)]
    return "\n\n".join(parts) + "\n"


def _describe(text: str) -> str:
    return inspect.cleandoc(text)
