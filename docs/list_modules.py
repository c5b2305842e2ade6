"""Writes docs/modules.md from docstrings: `python docs/list_modules.py > docs/modules.md`.

What a package, a folder or a module is for stands once, in the first line of its docstring; of an
SQL query it is the comment at its top. Nothing is imported, so the list needs no environment.
"""
# ruff: noqa: INP001  # a script beside what it writes, not a package

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

PACKAGES = (
    "workbench",
    "inventory_assets",
    "simulation",
    "connecting",
    "receiving",
    "warehouse",
    "optimization",
    "forecasting",
    "governance",
    "quality_checks",
    "compilation",
    "benchmarks",
)
"""From the top layer down, then what only measures; a package that is not there is passed over."""

INTRODUCTION = """\
# Modules

Made from the docstrings by `make docs`; change them there. [architecture.md](architecture.md) says
how the packages hang together."""


def list_modules(project: Path) -> str:
    """docs/modules.md: every package, its folders and their modules, a line each.

    Args:
        project: folder of the packages.

    Raises:
        ValueError: a module has no docstring, or an SQL query no comment at its top.
    """
    packages = [name for name in PACKAGES if (project / name).is_dir()]
    contents = [f"[{name}](#{name})" for name in packages]
    parts = [INTRODUCTION, " · ".join(contents)]
    for name in packages:
        parts += _describe_folder(project / name, project, level=2)
    return "\n\n".join(parts) + "\n"


def _describe_folder(folder: Path, project: Path, level: int) -> Iterator[str]:
    """Heading, purpose and modules of a folder, then the same of the folders in it."""
    title = folder.relative_to(project).as_posix()
    yield f"{'#' * level} {title}"
    face = folder / "__init__.py"
    if face.exists():
        yield _read_docstring(face).split("\n\n")[0].replace("\n", " ")
    files = sorted(path for path in folder.iterdir() if path.suffix in {".py", ".sql"})
    lines = [f"- `{path.name}`: {_read_summary(path)}" for path in files if path != face]
    if lines:
        yield "\n".join(lines)
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        if any(inner.glob("*.py")) or any(inner.glob("*.sql")):
            yield from _describe_folder(inner, project, level=min(level + 1, 4))


def _read_summary(path: Path) -> str:
    """The sentence that says what a file is for."""
    if path.suffix == ".sql":
        return _read_comment(path)
    return _read_docstring(path).split("\n\n")[0].replace("\n", " ")


def _read_docstring(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    if not docstring:
        raise ValueError(f"{path} has no docstring")
    return docstring


def _read_comment(path: Path) -> str:
    """The first sentence of the comment at the top of an SQL file."""
    lines = []
    for line in path.read_text().splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    if not lines:
        raise ValueError(f"{path} has no comment at its top")
    first, end, _ = " ".join(lines).partition(". ")
    return first + end.strip()


if __name__ == "__main__":
    sys.stdout.write(list_modules(PROJECT))
