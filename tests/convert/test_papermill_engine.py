"""Stock papermill, papermill with our engine, and the executor alone give the same notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat.v4 as nbf
import pytest

from cellweave.convert.bundle import write_bundle
from cellweave.convert.compile import compile_workflow
from cellweave.dataflow import analyse
from cellweave.notebook.reader import read

pytestmark = pytest.mark.slow
CELLS = [
    ("p", "from datetime import date\nday = date(2024, 1, 1)\nn = 2"),
    ("a", '#| task: one\nprint("day", day, type(day).__name__)\nrows = list(range(n))\nrows'),
    ("b", "from IPython.display import Markdown, display\ndisplay(Markdown('**x**'))\nlen(rows)"),
    ("c", "#| task: two\n#| when: len(rows) > 2\nprint('many')"),
    (
        "d",
        "#| task: three\n!echo shell {n}\nassert rows == [0, 1], f'{rows} at {day}'\nprint(rows)",
    ),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    made = nbf.new_notebook(
        cells=[nbf.new_code_cell(source, id=name) for name, source in CELLS],
    )
    made.cells[0].metadata["tags"] = ["parameters"]
    path = folder / "book.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    notebook = read(path)
    return write_bundle(compile_workflow(notebook, analyse(notebook)), notebook, folder / "out")


def run(bundle: Path, folder: Path, way: str, *parameters: str) -> dict[str, Any]:
    """Run the tasks in order and give what each of the user's cells showed, and how it ended."""
    folder.mkdir()
    shown: dict[str, Any] = {}
    for task in (bundle / "order.txt").read_text(encoding="utf-8").split():
        executed = folder / f"{task}.ipynb"
        names = [str(bundle / "tasks" / f"{task}.ipynb"), str(executed)]
        values = ["-p", "cellweave_io", str(folder / "values"), *parameters]
        if way == "executor":
            pairs = [f"{k}={v}" for k, v in zip(values[1::3], values[2::3], strict=True)]
            command = ["cellweave.runtime", *names]
            for pair in pairs:
                command += ["-p", pair]
        else:
            command = ["papermill", *names, "-k", "python3", "--no-progress-bar", *values]
            command += ["--engine", "cellweave"] if way == "engine" else []
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        shown[task] = done.returncode == 0
        for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
            if cell["id"] in dict(CELLS):
                shown[cell["id"]] = outputs(cell["outputs"])
        if done.returncode:
            break
    return shown


def outputs(given: list[dict[str, Any]]) -> list[Any]:
    """Give outputs; how a kernel cuts one stream into messages is chance."""
    shown: list[Any] = []
    for made in map(output, given):
        if shown and made[0] == "stream" and shown[-1][:2] == made[:2]:
            made = (*made[:2], shown.pop()[2] + made[2])
        shown.append(made)
    return shown


def output(given: dict[str, Any]) -> Any:
    """Give an output without what no two runs share: counts, and lines of a traceback."""
    kind = given["output_type"]
    if kind == "stream":
        return kind, given["name"], "".join(given["text"])
    if kind == "error":
        return kind, given["ename"], given["evalue"]
    return kind, {k: "".join(v) for k, v in given["data"].items()}


def test_three_ways_to_run_a_task_give_the_same_notebook(bundle: Path, tmp_path: Path):
    stock = run(bundle, tmp_path / "stock", "stock")

    assert stock["d"] == [("stream", "stdout", "shell 2\r\n[0, 1]\n")]
    assert stock["c"] == []
    assert run(bundle, tmp_path / "engine", "engine") == stock
    assert run(bundle, tmp_path / "executor", "executor") == stock


def test_a_failing_cell_fails_in_each_way(bundle: Path, tmp_path: Path):
    stock = run(bundle, tmp_path / "stock", "stock", "-p", "n", "3", "-p", "day", "2025-05-05")

    assert stock["three"] is False
    assert stock["c"] == [("stream", "stdout", "many\n")]
    assert stock["d"][-1] == ("error", "AssertionError", "[0, 1, 2] at 2025-05-05")
    for way in ("engine", "executor"):
        parameters = ("-p", "n", "3", "-p", "day", "2025-05-05")
        assert run(bundle, tmp_path / way, way, *parameters) == stock
