"""The docs cannot rot: every path, table, function and command that they name exists."""

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pytest

from inventory_assets.definitions import defs
from quality_checks import checks
from quality_checks.contracts import CONTRACTS, list_landing_sources

PROJECT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for path in (*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"))
)
WRITTEN_BY_RUNS = re.compile(r"warehouse/plenish[\w-]*\.duckdb|data/(?!policies)")
"""What lies in the data folder has no file in the project."""
STAGES = {contract.stage for contract in CONTRACTS.values()}
CHECK_MODULES = sorted(
    path.stem for path in (PROJECT / "quality_checks" / "checks").glob("[!_]*.py")
)
READ_COPY = "reporting/read_copy"
"""The one asset that is no table."""


@cache
def tracked():
    """Every file of the project, as git would commit it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if listed:
        return frozenset(name for name in listed if (PROJECT / name).exists())
    skipped = {".venv", "__pycache__", ".git"}
    files = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
    return frozenset(path.as_posix() for path in files if not skipped & set(path.parts))


def rooms():
    return {name.split("/")[0] for name in tracked() if "/" in name}


def quoted(text):
    """What stands between backticks, blocks of code left out."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def missing_paths(text):
    """Paths of the project that a page names and that are not there."""
    names = {Path(name).name for name in tracked()}
    for token in quoted(text):
        if WRITTEN_BY_RUNS.match(token) or re.search(r"[<*{ ]", token):
            continue
        first, slash, rest = token.partition("/")
        if not slash:
            if re.fullmatch(r"[\w.-]+\.(py|md|sql|yaml|toml|lock)", token) and token not in names:
                yield token
        elif first in rooms():
            if first in STAGES and not rest:
                continue
            if not (PROJECT / token).exists():
                yield token


def missing_assets(text):
    """Assets, `<stage>/<table>`, that a page names and that are not there."""
    assets = {f"{contract.stage}/{name}" for name, contract in CONTRACTS.items()} | {READ_COPY}
    for token in quoted(text):
        stage, _, table = token.partition("/")
        if stage in STAGES and re.fullmatch(r"\w+", table) and token not in assets:
            yield token


def anchors(text):
    """The anchors of a page's headings, as GitHub makes them."""
    for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        path = (PROJECT / page).parent / name if name else PROJECT / page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text())):
            yield target


def resolve(name):
    """Whether a dotted name is a table, a column, a module or something in one."""
    head, *rest = name.split(".")
    if head in STAGES and rest and rest[0] in CONTRACTS:
        contract = CONTRACTS[rest[0]]
        return contract.stage == head and set(rest[1:]) <= {*contract.columns}
    for cut in range(len(rest) + 1, 0, -1):
        try:
            found = importlib.import_module(".".join([head, *rest][:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in [head, *rest][cut:]:
            fields = getattr(found, "model_fields", {})
            if not hasattr(found, attribute) and attribute not in fields:
                return False
            found = getattr(found, attribute, fields.get(attribute))
        return True
    return False


def glossary():
    """Rows of the glossary's tables: term, meaning, names in the code, words not used."""
    text = (PROJECT / "docs" / "glossary.md").read_text()
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [row for row in cells if row[0] != "term" and not row[0].startswith("---")]


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_asset_exists(page):
    text = (PROJECT / page).read_text()
    assert list(missing_paths(text)) == []
    assert list(missing_assets(text)) == []


GROUPS = ("audit", "events", "identity", "import", "policy", "adjust", "scenario", "webhooks")
"""Commands of `plenish` that have commands of their own."""


@cache
def commands(path):
    """Names of the commands that a module of typer commands has."""
    names = set()
    for node in ast.parse((PROJECT / path).read_text()).body:
        for found in getattr(node, "decorator_list", ()):
            if isinstance(found, ast.Call) and getattr(found.func, "attr", "") == "command":
                stated = [argument.value for argument in found.args]
                names.add(stated[0] if stated else node.name.replace("_", "-"))
    return names


def missing_commands(text):
    """Commands of make, plenish and the benchmarks that a page names and that are not there."""
    code = "\n".join([*quoted(text), *re.findall(r"^    .*$", text, flags=re.MULTILINE)])
    targets = set(re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    known = {
        r"\bmake ([a-z][\w-]*)": targets,
        r"\bplenish ([a-z][\w-]*)": commands("inventory_assets/cli/app.py") | {*GROUPS},
        rf"\bplenish (?:{'|'.join(GROUPS)}) ([a-z][\w-]*)": commands("inventory_assets/cli/app.py"),
        r"python -m benchmarks ([a-z][\w-]*)": commands("benchmarks/__main__.py"),
    }
    for pattern, names in known.items():
        yield from (name for name in re.findall(pattern, code) if name not in names)
    for module in re.findall(r"python -m ([\w.]+)", code):
        path = module.replace(".", "/")
        runnable = {f"{path}.py", f"{path}/__main__.py"} & tracked()
        if path.split("/")[0] in rooms() and not runnable:
            yield module


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page):
    assert list(missing_commands((PROJECT / page).read_text())) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    assert list(broken_links(page, (PROJECT / page).read_text())) == []


def test_what_is_not_there_is_found():
    assert list(missing_paths("see `docs/no_such.md` and `no_such.py`")) == [
        "docs/no_such.md",
        "no_such.py",
    ]
    assert list(missing_assets("from `plans/no_such` on")) == ["plans/no_such"]
    assert list(broken_links("README.md", "[a](docs/no_such.md) [b](docs/methods.md#no-such)")) == [
        "docs/no_such.md",
        "docs/methods.md#no-such",
    ]
    unknown = "`make nothing`, `plenish nothing` and `python -m benchmarks nothing`"
    assert list(missing_commands(unknown)) == ["nothing"] * 3
    assert not resolve("plans.targets.no_such")
    assert not resolve("forecasting.no_such")


@pytest.mark.parametrize("row", glossary(), ids=lambda row: row[0])
def test_a_term_is_where_the_glossary_says(row):
    term, meaning, code, _ = row
    assert meaning.endswith("."), term
    names = quoted(code)
    assert names, f"{term} names nothing in the code"
    assert [name for name in names if not resolve(name)] == []


def test_a_word_has_one_meaning():
    terms = [term for row in glossary() for term in row[0].split(", ")]
    assert len(terms) == len(set(terms))
    others = {word for row in glossary() for word in row[3].split(", ") if word}
    assert not others & set(terms)


def test_no_other_word_is_used_for_a_term():
    others = [word for row in glossary() for word in row[3].split(", ") if word]
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, others))})s?\b", re.IGNORECASE)
    own = {"docs/glossary.md", "tests/test_docs.py"}
    texts = [
        name for name in tracked() if name.endswith((".py", ".md", ".sql")) and name not in own
    ]
    found = {name: pattern.findall((PROJECT / name).read_text()) for name in texts}
    assert {name: words for name, words in found.items() if words} == {}


def test_the_list_of_modules_is_up_to_date():
    command = [sys.executable, "docs/list_modules.py"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert (PROJECT / "docs/modules.md").read_text() == listed, "stale: run `make docs`"


def architecture():
    return (PROJECT / "docs" / "architecture.md").read_text()


def test_the_layers_are_all_in_the_table():
    named = re.findall(r"^\| `(\w+)/` \|", architecture(), flags=re.MULTILINE)
    packages = {name.split("/")[0] for name in tracked() if name.endswith("/__init__.py")}
    assert set(named) == packages - {"benchmarks", "tests"}
    assert len(named) == len(set(named))


def test_every_question_that_a_folder_answers_is_in_the_table():
    table = architecture().split("| question | where the answer starts |")[1].split("\n\n")[0]
    folders = {
        path.parent.relative_to(PROJECT).as_posix()
        for room in ("forecasting", "optimization")
        for path in (PROJECT / room).glob("*/__init__.py")
    }
    assert {folder for folder in folders if f"`{folder}/`" not in table} == set()


def picture():
    """The picture of the data flow: tables by node, and pairs of nodes that a full arrow joins."""
    drawn = architecture().split("flowchart LR\n")[1].split("```")[0]
    tables = {}
    for node, label in re.findall(r"(\w+)\[(\w+/[^\]]+)\]", drawn):
        stage, _, names = label.partition("/")
        tables[node] = {f"{stage}/{name}" for name in names.split(", ")}
    arrows = set()
    for line in re.sub(r"\[[^\]]*\]", "", drawn).splitlines():
        stops = [
            [{node.strip() for node in stop.split("&")} for stop in run.split("-->")]
            for run in re.split(r"-\..*?\.->", line)
        ]
        for run in stops:
            for before, after in pairwise(run):
                arrows |= set(product(before, after))
    return tables, arrows


@pytest.fixture(scope="module")
def parents():
    """Every asset of Dagster's graph -> the assets that it reads."""
    graph = defs.resolve_asset_graph()
    return {
        "/".join(key.path): {"/".join(parent.path) for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }


def test_the_picture_shows_every_asset(parents):
    tables, _ = picture()
    shown = [table for node in tables.values() for table in node]
    assert len(shown) == len(set(shown))
    assert set(shown) == {name for name in parents if not name.startswith("landing/")}


def test_every_arrow_of_the_picture_is_in_the_graph(parents):
    tables, arrows = picture()
    landed = {f"landing/{name}" for name in list_landing_sources()}
    tables |= {"landing": landed, "files": set()}
    drawn = {
        (before, after)
        for before, after in arrows - {("files", "landing")}
        if not any(tables[before] & parents[table] for table in tables[after])
    }
    assert drawn == set()


def test_the_blocking_checks_are_all_named():
    stated = architecture().split("Blocking:")[1].split("The others warn.")[0]
    modules = [importlib.import_module(f"quality_checks.checks.{name}") for name in CHECK_MODULES]
    found = [value for module in modules for value in vars(module).values()]
    blocking = {check.name for check in found if isinstance(check, checks.Check) and check.blocking}
    assert set(quoted(stated)) == blocking | {"contract"}


def test_every_function_that_a_step_names_is_there():
    rooms = (PROJECT / "optimization" / "explanation").glob("*.py")
    named = {
        name
        for path in rooms
        for name in re.findall(r'"((?:optimization|forecasting)(?:\.\w+)+)"', path.read_text())
    }
    assert named
    for name in named:
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function, None)), name
