"""An agent as a program drives one: the SDK's own client over HTTP, and checks of what it gets."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from datetime import date

import duckdb
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

_SECONDS = 120
_NUMERAL = re.compile(r"\d{4}-\d\d-\d\d|-?\d[\d,]*(?:\.\d+)?%?")


def call_tools(served, token, *calls):
    """Call tools one after the other in one session; gives content, or the words of a refusal."""

    async def call():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"http://127.0.0.1:{served.port}/mcp"
        async with (
            httpx2.AsyncClient(headers=headers, timeout=_SECONDS) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            told = [await client.call_tool(name, arguments) for name, arguments in calls]
        return [one.content[0].text if one.is_error else one.structured_content for one in told]

    return asyncio.run(call())


def call_tool(served, tool, token=None, /, **arguments):
    (told,) = call_tools(served, token, (tool, arguments))
    return told


class Copy:
    """The read copy, asked by SQL beside the tools, with decisions as they stand."""

    def __init__(self, served, day, folder):
        # One of its own: the workbench holds the copy open.
        path = shutil.copy(served.office.read_copy, folder / "asked.duckdb")
        self.connection = duckdb.connect(str(path))
        self.connection.execute("CREATE SCHEMA live")
        # What decisions make of the plan is in no table: the desk of the command line says it.
        routed = served.premises.open_desk(day).route()
        served.premises.warehouse.close()
        self.connection.register("routed_frame", routed.to_arrow())
        self.connection.execute("CREATE TABLE live.routed_now AS FROM routed_frame")
        self.connection.execute(
            "CREATE VIEW live.worklist AS SELECT p.* EXCLUDE (standing, route, rule, roles, "
            "decided_by, approved_quantity), r.status AS standing, r.* EXCLUDE (action_id, "
            "business_date, plan_version, status) FROM analysis.planned_actions p "
            "JOIN live.routed_now r USING (action_id)"
        )

    def close(self):
        self.connection.close()

    def ask(self, sql, *values):
        """The one value of a query."""
        return self.connection.execute(sql, values).fetchall()[0][0]

    def find(self, figure):
        """The value that a citation leads to, by SQL."""
        table = figure["table"]
        name = f"live.{table}" if table in {"worklist", "routed_now"} else table
        column = figure["column"]
        made = {
            "cell": f'"{column}"',
            "count": "count(*)",
            "sum": f'sum("{column}")::DOUBLE',
        }[figure["made_by"]]
        holds = " AND ".join(
            f'(CAST("{key}" AS VARCHAR) = $v{place} '
            f"OR list_contains(string_split(CAST(\"{key}\" AS VARCHAR), ';'), $v{place}))"
            for place, key in enumerate(figure["where"])
        )
        values = {f"v{place}": value for place, value in enumerate(figure["where"].values())}
        sql = f"SELECT {made} FROM {name} WHERE {holds or 'true'}"
        found = self.connection.execute(sql, values).fetchall()
        assert len(found) == 1, f"{len(found)} rows for {figure}"
        value = found[0][0]
        if figure["made_by"] == "sum" and value is None and not figure["without_value"]:
            return 0.0
        return value.isoformat(sep=" ") if hasattr(value, "hour") else _as_json(value)


def _as_json(value):
    return value.isoformat() if isinstance(value, date) else value


def list_figures(told) -> Iterator[dict]:
    """Every number of an answer as a citation: figures, and cells of the rows of tables."""
    if isinstance(told, list):
        for one in told:
            yield from list_figures(one)
    elif isinstance(told, dict) and "made_by" in told:
        yield told
    elif isinstance(told, dict):
        if {"rows", "columns", "key"} <= told.keys():
            yield from _list_cells(told)
        for name, one in told.items():
            if name != "rows":
                yield from list_figures(one)


def _list_cells(rows):
    dated = {name: rows["where"][name] for name in ("business_date",) if name in rows["where"]}
    for row in rows["rows"]:
        where = {**dated, **{name: _word(row[name]) for name in rows["key"]}}
        for column, value in row.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield {
                    "table": rows["table"],
                    "where": where,
                    "column": column,
                    "made_by": "cell",
                    "value": value,
                    "without_value": 0,
                }


def _word(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def list_numerals(words):
    """Numbers and days that a sentence states, ids and letters of texts aside."""
    return _NUMERAL.findall(re.sub(r"\b(?=\w*[a-z])(?=\w*\d)\w+\b", "", words))
