"""The longest way through: untouched notebook → graph → bundle → stock papermill → equal values."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.path import stock

EXAMPLES = Path(__file__).resolve().parents[2] / "example_notebooks"
pytestmark = [pytest.mark.path, pytest.mark.slow]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Give a folder that is neither the notebook's nor the bundle's, to run everything from."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_the_stock_environment_has_no_cellweave(elsewhere: Path):
    done = subprocess.run(
        [stock.python(), "-c", "import cellweave"],
        cwd=elsewhere,
        env=stock.environment(elsewhere),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("name", ["hello", "who_changed_it", "scenarios"])
def test_stock_papermill_gives_the_values_of_the_plain_run(
    name: str, tmp_path: Path, elsewhere: Path
):
    stock.python()
    notebook = Path(shutil.copy(EXAMPLES / f"{name}.ipynb", tmp_path / f"{name}.ipynb"))
    before = notebook.read_bytes()
    workflow = stock.build(notebook, tmp_path / "bundle")
    names = stock.probes(workflow)

    plain = stock.with_probes(notebook, tmp_path / "plain.ipynb", names)
    done = stock.papermill(plain, elsewhere / "plain.ipynb", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    expected = stock.outputs(elsewhere / "plain.ipynb")

    shown = {}
    for task in stock.in_order(workflow):
        source = tmp_path / "bundle" / "tasks" / f"{task['name']}.ipynb"
        probed = stock.with_probes(source, tmp_path / "bundle" / "tasks" / "probed.ipynb", names)
        executed = elsewhere / f"{task['name']}.ipynb"
        done = stock.papermill(probed, executed, cwd=elsewhere)
        assert done.returncode == 0, f"{task['name']}: {done.stderr[-3000:]}"
        shown |= stock.outputs(executed)

    compared = [cell for cell in expected if cell in shown and cell != "parameters"]
    assert {cell: shown[cell] for cell in compared} == {cell: expected[cell] for cell in compared}
    assert {cell for task in workflow["tasks"] for cell in task["cells"]} <= set(compared)
    assert notebook.read_bytes() == before


def test_a_missing_input_names_the_task_that_makes_it(tmp_path: Path, elsewhere: Path):
    stock.python()
    notebook = Path(shutil.copy(EXAMPLES / "scenarios.ipynb", tmp_path / "scenarios.ipynb"))
    stock.build(notebook, tmp_path / "bundle")

    done = stock.papermill(
        tmp_path / "bundle" / "tasks" / "spread.ipynb", elsewhere / "spread.ipynb", cwd=elsewhere
    )

    assert done.returncode != 0
    assert "grow" in done.stderr


def test_values_live_where_the_parameter_points(tmp_path: Path, elsewhere: Path):
    stock.python()
    notebook = Path(shutil.copy(EXAMPLES / "hello.ipynb", tmp_path / "hello.ipynb"))
    workflow = stock.build(notebook, tmp_path / "bundle")
    io = tmp_path / "kept here"

    for task in stock.in_order(workflow):
        done = stock.papermill(
            tmp_path / "bundle" / "tasks" / f"{task['name']}.ipynb",
            elsewhere / f"{task['name']}.ipynb",
            cwd=elsewhere,
            parameters={"cellweave_io": str(io)},
        )
        assert done.returncode == 0, done.stderr[-3000:]

    stored = {
        step["cell"] for t in workflow["tasks"] for step in t["steps"] if step["step"] == "store"
    }
    assert not stored or any(io.rglob("*"))
