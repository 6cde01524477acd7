"""The Python API, from a file to the values of its tasks."""

from __future__ import annotations

import json

import pytest

import cellweave
from tests.cli.books import book, code


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLWEAVE_HOME", str(tmp_path / "home"))
    path = tmp_path / "nb.ipynb"
    cells = (
        code("start: int = 1", "p", tags=("parameters",)),
        "def double(x):\n    return 2 * x",
        "#| task: load\nrows = [start]\nother = rows",
        "#| task: fill\nrows.append(double(start))\nfill = double",
    )
    path.write_text(json.dumps(book(*cells)))
    return path


def test_a_notebook_is_loaded_and_shows_its_graph(path):
    graph = cellweave.load(path).graph()

    assert [task.name for task in graph.workflow.tasks] == ["load", "fill"]
    assert "2 tasks, 1 edges" in repr(graph)


def test_a_file_that_is_no_notebook_raises_at_once(tmp_path):
    with pytest.raises(cellweave.CellweaveError, match="unreadable-file"):
        cellweave.load(tmp_path / "nothing.ipynb")


@pytest.mark.slow
def test_a_run_gives_the_values_of_its_tasks(path):
    run = cellweave.load(path, engine="direct").run(start=5)

    assert run.status == "succeeded"
    assert list(run) == ["load", "fill"]
    assert run["load"].value("rows") == [5]
    assert run["fill"].value("rows") == [5, 10]
    assert run["fill"].value("fill")(4) == 8
    assert run["load"].value("rows") is not run["load"].value("rows")
    assert "rows" in run["fill"].outputs
    assert run.notebook.is_file()
    assert run["fill"].notebook.is_file()
    with pytest.raises(cellweave.CellweaveError, match="stored no `nothing`"):
        run["fill"].value("nothing")
    with pytest.raises(KeyError):
        run["nothing"]


def test_an_unknown_input_raises_before_anything_runs(path, tmp_path):
    with pytest.raises(cellweave.CellweaveError, match="did you mean `start`"):
        cellweave.load(path).run(strat=1)

    assert not (tmp_path / "home").exists()


def test_a_bundle_is_built(path, tmp_path):
    folder = cellweave.load(path).build(tmp_path / "bundle")

    assert (folder / "workflow.json").is_file()
    assert sorted(p.name for p in (folder / "tasks").iterdir()) == ["fill.ipynb", "load.ipynb"]


@pytest.mark.slow
def test_a_notebook_is_verified(path):
    assert cellweave.load(path).verify().result == "agrees"
