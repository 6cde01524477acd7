"""The runtime is shipped into environments that we did not build: Python 3.9, and nothing else."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cellweave.runtime.archive import files
from tests.runtime.tasks import KERNELS

RUNTIME = KERNELS / "cellweave" / "runtime"

ROUND_TRIP = """
import sys
sys.path.insert(0, sys.argv[1])
import runtime_under_test as __cellweave__
__cellweave__.start(globals(), task="t", io=sys.argv[2])
from dataclasses import dataclass, field
import enum
def helper(): return 1
__cellweave__.begin("c1")
@dataclass
class P:
    x: int
    y: list = field(default_factory=list)
class E(enum.Enum):
    A = 1
p = [P(1), E.A, lambda: helper()]
q = p[0]
__cellweave__.end("c1")
__cellweave__.store("c1", ["p", "q"])
del p, q
__cellweave__.load([("p", "t", "c1"), ("q", "t", "c1")])
assert p[0] is q and p[1] is E.A and p[2]() == 1 and type(q) is P
print("right")
"""


@pytest.mark.parametrize("name", files())
def test_every_module_parses_on_python_3_9_and_imports_only_relatives_and_the_library(name: str):
    tree = ast.parse(files()[name], feature_version=(3, 9))

    for node in tree.body:  # at import; what a function imports is there when it is called
        if isinstance(node, ast.ImportFrom):
            assert node.level or node.module.partition(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names


@pytest.mark.slow
def test_values_travel_on_python_3_9(tmp_path: Path):
    python = shutil.which("python3.9")
    if (
        python is None
        or subprocess.run([python, "-V"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no Python 3.9 here")
    shutil.copytree(RUNTIME, tmp_path / "runtime_under_test")
    (tmp_path / "task.py").write_text(ROUND_TRIP)

    done = subprocess.run(
        [python, "-S", "task.py", str(tmp_path), str(tmp_path / "values")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout == "right\n", done.stderr


def test_importing_the_runtime_is_cheap():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import cellweave.runtime.session; "
        "print(sorted({'asyncio', 'numpy', 'IPython', 'ctypes'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(KERNELS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout == "[]\n", done.stderr
