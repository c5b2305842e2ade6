"""Machine code on disk is used again, and never for another source than it was compiled from."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import caching
from numba.core.dispatcher import Dispatcher

PROJECT = Path(__file__).resolve().parents[2]

NUMBA = "from numba import njit\ncompiled = njit(cache=True)\n"
OURS = "from compilation import compiled\n"

CALLER = """
from shop.sizes import PACK, Line
from shop.units import twice

@compiled
def ordered(units):
    return twice(units) + PACK

@compiled
def first(line):
    return line.units

def results():
    return ordered(10.0), first(Line(3.0, 4.0))
"""

CALLEE = """
@compiled
def twice(units):
    return 2 * units
"""

SIZES = """
from typing import NamedTuple

PACK = 6

class Line(NamedTuple):
    units: float
    packs: float
"""

RUN = """
from shop import orders, units
result = orders.results()
kernels = (orders.ordered, orders.first, units.twice)
hits, misses = (sum(sum(getattr(k.stats, part).values()) for k in kernels)
                for part in ("cache_hits", "cache_misses"))
print(*result, hits, misses)
"""


def package(root, decorator=OURS):
    shop = root / "shop"
    shop.mkdir(parents=True)
    (shop / "__init__.py").touch()
    (shop / "orders.py").write_text(decorator + CALLER)
    (shop / "units.py").write_text(decorator + CALLEE)
    (shop / "sizes.py").write_text(SIZES)
    return shop


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def start(root, first="", **environment):
    """A process that runs the kernels of the package below `root`, some code `first`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", first + RUN],
        # Python's own cache of byte code goes by seconds, and a test edits faster.
        env=kept
        | {"PYTHONPATH": f"{root}:{PROJECT}", "PYTHONDONTWRITEBYTECODE": "1"}
        | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process):
    """What a process printed: both results, and how often code was loaded and compiled."""
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    ordered, first, hits, misses = text.split()
    return float(ordered), float(first), int(hits), int(misses)


def run(root, **environment):
    return said(start(root, **environment))


def results(root):
    return run(root)[:2]


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory):
    """The package as a process left it that compiled its kernels."""
    root = tmp_path_factory.mktemp("compiled_once")
    package(root)
    assert run(root) == (26, 3, 0, 3)
    return root


@pytest.fixture
def shop(compiled_once, tmp_path):
    """A copy of the package with its machine code, without the times of its files."""
    shutil.copytree(
        compiled_once / "shop", tmp_path / "shop", copy_function=shutil.copyfile, dirs_exist_ok=True
    )
    return tmp_path / "shop"


def test_numba_alone_runs_a_callee_that_was_edited_away(tmp_path):
    shop = package(tmp_path, NUMBA)
    assert results(tmp_path) == (26, 3)
    edit(shop / "units.py", "2 * units", "3 * units")
    edit(
        shop / "sizes.py",
        "    units: float\n    packs: float",
        "    packs: float\n    units: float",
    )
    # If numba now answers (36, 4), this package may have lost its reason.
    assert results(tmp_path) == (26, 3)


def test_an_edited_callee_constant_or_named_tuple_in_another_file_is_noticed(shop, tmp_path):
    before = {path: path.read_text() for path in shop.glob("*.py")}
    edit(shop / "units.py", "2 * units", "3 * units")
    assert run(tmp_path) == (36, 3, 1, 2)
    edit(shop / "sizes.py", "PACK = 6", "PACK = 8")
    assert run(tmp_path) == (38, 3, 2, 1)
    edit(
        shop / "sizes.py",
        "    units: float\n    packs: float",
        "    packs: float\n    units: float",
    )
    assert run(tmp_path) == (38, 4, 1, 1)
    # Edits that are taken back find their code.
    for path, text in before.items():
        path.write_text(text)
    assert run(tmp_path) == (26, 3, 2, 0)


def test_code_is_used_again_where_nothing_changed_that_is_compiled(shop, tmp_path):
    edit(shop / "units.py", "def twice(units):", 'def twice(units):\n    """Say more."""  # here')
    edit(shop / "orders.py", "def results():", "UNUSED = 1\n\n\ndef results():")
    assert run(tmp_path) == (26, 3, 2, 0)


@pytest.mark.usefixtures("shop")
def test_a_copy_of_the_folder_is_as_good(tmp_path):
    assert run(tmp_path) == (26, 3, 2, 0)


def test_a_source_folder_that_cannot_be_written(tmp_path):
    shop = package(tmp_path)
    # A file in the place of the folder refuses the superuser too.
    (shop / "__pycache__").touch()
    home = str(tmp_path / "home")
    assert run(tmp_path, XDG_CACHE_HOME=home) == (26, 3, 0, 3)
    assert run(tmp_path, XDG_CACHE_HOME=home) == (26, 3, 2, 0)


def test_processes_that_compile_at_once(tmp_path):
    package(tmp_path)
    found = [said(process) for process in [start(tmp_path) for _ in range(3)]]
    assert {results[:2] for results in found} == {(26, 3)}
    # Each kernel is compiled by one of them only.
    assert sum(misses for *_, misses in found) == 3
    assert run(tmp_path) == (26, 3, 2, 0)


def test_a_turn_that_its_process_took_to_its_grave_is_free(tmp_path):
    code = f"""
from pathlib import Path
from compilation.turns import CompilingTurn
import time

turn = CompilingTurn(Path({str(tmp_path)!r}))

def compile_kernel(signature):
    print(turn.take(), turn.take(), flush=True)
    time.sleep(signature)

turn.during(compile_kernel)({{}})
"""

    def start_one(seconds):
        command = [sys.executable, "-c", code.format(seconds)]
        return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)

    first = start_one(600)
    assert first.stdout.readline() == "True False\n"
    second = start_one(0)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(3)
    first.kill()
    assert second.communicate(timeout=60)[0] == "True False\n"
    first.communicate()


def test_code_that_cannot_be_kept_runs_all_the_same(tmp_path):
    package(tmp_path)
    failing = """
from numba.core.compiler import CompileResult

def fail(self):
    raise RuntimeError("no compiled object yet")

CompileResult._reduce = fail
"""
    assert said(start(tmp_path, failing)) == (26, 3, 0, 3)
    assert not list(tmp_path.rglob("*.nb?"))
    assert run(tmp_path) == (26, 3, 0, 3)


def test_without_compilation(tmp_path):
    shop = package(tmp_path)
    run_plain = RUN.split("kernels =", maxsplit=1)[0] + "print(*result, 0, 0)"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{PROJECT}",
        "NUMBA_DISABLE_JIT": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", run_plain], env=environment, capture_output=True, check=True
    )
    assert done.stdout.split()[:2] == [b"26.0", b"3.0"]
    assert not list(shop.rglob("*.nb?"))


def test_numba_is_as_it_was_read():
    """The parts of numba that `compilation.kept_code` rests on, as of 0.68.1."""
    compile_source = inspect.getsource(Dispatcher.compile)
    assert "self._cache.load_overload(sig, self.targetctx)" in compile_source
    assert "self._cache.save_overload(sig, cres)" in compile_source
    assert "self._cache = FunctionCache(self.py_func)" in inspect.getsource(
        Dispatcher.enable_caching
    )
    # Callers, and kernels that call one, go by way of the attribute `compile`, which is replaced.
    assert "self.compile(tuple(argtypes))" in inspect.getsource(Dispatcher._compile_for_args)
    assert "self.compile(tuple(args))" in inspect.getsource(Dispatcher.get_call_template)
    for method in (caching.Cache._load_overload, caching.Cache._save_overload):
        assert "self._cache_file." in inspect.getsource(method)
    assert list(inspect.signature(caching.IndexDataCacheFile).parameters) == [
        "cache_path",
        "filename_base",
        "source_stamp",
    ]
    assert "if stamp != self._source_stamp" in inspect.getsource(
        caching.IndexDataCacheFile._load_index
    )
