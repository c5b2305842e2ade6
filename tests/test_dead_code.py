"""Nothing is kept for tests alone."""

import ast
from collections import Counter, defaultdict
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "compilation",
    "connecting",
    "forecasting",
    "governance",
    "inventory_assets",
    "optimization",
    "quality_checks",
    "receiving",
    "simulation",
    "warehouse",
    "workbench",
)
READERS = (*PACKAGES, "benchmarks", "docs")
"""Who may be the reason that something is kept."""
REGISTERS = {
    "command",
    "callback",
    "frame",
    "get",
    "landed",
    "post",
    "delete",
    "result",
    "result_asset",
    "result_assets",
    "view",
}
"""Decorators by which others find what they decorate."""
FOR_TESTS = {"compilation.decorator.find_plain_function"}
"""A kernel as Python: the one way to compare it with what was compiled of it."""


def names_read(tree):
    """How often each name is read in `tree` as a variable."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Counter(node.id for node in nodes if isinstance(node.ctx, ast.Load))


def attributes_read(tree):
    return Counter(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def definitions(tree):
    """(name, node) of what a module defines at its top, but for what registers itself."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                decorators = ast.Tuple(node.decorator_list, ast.Load())
                if not REGISTERS & {*names_read(decorators), *attributes_read(decorators)}:
                    yield node.name, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if not name.startswith("__"):
                    yield name, node


def methods(tree):
    """(class.method, node) of classes that inherit from none whose callers are elsewhere."""
    for node in tree.body:
        own = isinstance(node, ast.ClassDef) and {*map(ast.unparse, node.bases)} <= {"NamedTuple"}
        for method in node.body if own else ():
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("__"):
                yield f"{node.name}.{method.name}", method


def sources_read(trees):
    """For each name that is imported and then read, the modules that it is imported from."""
    sources = defaultdict(set)
    for tree in trees:
        read = names_read(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if read[alias.asname or alias.name]:
                        sources[alias.name].add(node.module)
    return sources


def unread(modules):
    """What packages define and nothing reads but the definition itself.

    A face imports and offers, which is no reading.

    Args:
        modules: the tree of each module, by dotted name.
    """
    attributes = sum(map(attributes_read, modules.values()), Counter())
    sources = sources_read(modules.values())
    ours = {module: tree for module, tree in modules.items() if module.split(".")[0] in PACKAGES}
    for module, tree in ours.items():
        read = names_read(tree)
        for name, node in definitions(tree):
            # Imported from where it stands, or from a face above.
            imported = any(f"{module}.".startswith(f"{source}.") for source in sources[name])
            here = read[name] > names_read(node)[name]
            if not imported and not here and attributes[name] <= attributes_read(node)[name]:
                yield f"{module}.{name}"
        for path, node in methods(tree):
            if attributes[node.name] <= attributes_read(node)[node.name]:
                yield f"{module}.{path}"


def module_of(path):
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_nothing_is_kept_for_tests_alone():
    modules = {
        module_of(path): ast.parse(path.read_text())
        for reader in READERS
        for path in sorted((PROJECT / reader).rglob("*.py"))
    }
    storage = yaml.safe_load((PROJECT / "dagster.yaml").read_text())["storage"]["custom"]
    assert set(unread(modules)) == FOR_TESTS | {f"{storage['module']}.{storage['class']}"}


def test_what_nobody_reads_is_found():
    planner = """
DAYS = 7
LEFT_OVER = 1

def plan(days: int = DAYS) -> int:
    return plan(days - 1)

def same_name(): ...

class Level:
    def units(self): ...
    def spare(self): ...

@result_asset("table")
def table(): ...
"""
    modules = {
        "optimization": "from optimization.planner import plan, same_name",
        "optimization.planner": planner,
        "optimization.other": "def same_name(): ...",
        "benchmarks.run": """
from optimization.other import same_name
from optimization.planner import Level as Held
print(same_name(), Held().units())
""",
    }
    trees = {module: ast.parse(source) for module, source in modules.items()}
    assert sorted(unread(trees)) == [
        "optimization.planner.LEFT_OVER",
        "optimization.planner.Level.spare",
        "optimization.planner.plan",
        "optimization.planner.same_name",
    ]
