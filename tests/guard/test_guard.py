"""What the purity tables get wrong, the run finds out.

`rows.json` has rows of the tables, each with a small notebook: a value is made, the row's call
changes it, a third task shows it. With the row left out the analysis believes that nothing changes,
and the run must fail in the changing cell, naming the variable, instead of showing the old value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import forked
import pytest
from cases import notebook

from cellweave.app.graph import Graph
from cellweave.app.run import run
from cellweave.convert.compile import compile_workflow
from cellweave.dataflow import Analysis, source_cells
from cellweave.dataflow.effects.tables import Tables, load
from cellweave.notebook.reader import parse

ROWS = json.loads(Path(__file__).with_name("rows.json").read_text(encoding="utf-8"))
PARAMS = [pytest.param(row, id=row["row"]) for row in ROWS]


def graph_of(row: dict[str, str], tables: Tables, path: Path) -> Graph:
    sources = [row["setup"] or "# nothing", *(f"#| task: {t}\n{row[t]}" for t in TASKS)]
    cells = [{"id": f"c{n}", "source": source} for n, source in enumerate(sources)]
    read = parse(json.dumps(notebook(cells)).encode(), str(path))
    graph = Analysis(source_cells(read), tables=tables).graph()
    compiled = compile_workflow(read, graph)
    return Graph(
        path=str(path),
        notebook=read,
        cells=graph,
        compiled=compiled,
        diagnostics=(*graph.diagnostics, *compiled.diagnostics),
    )


TASKS = ("make", "change", "show")


def test_there_are_at_least_twenty_rows() -> None:
    assert len({row["row"] for row in ROWS}) >= 20


@pytest.mark.parametrize("row", PARAMS)
def test_with_the_row_in_place_the_change_is_an_edge(row: dict[str, Any], tmp_path: Path) -> None:
    graph = graph_of(row, load(), tmp_path / "book.ipynb")

    assert ("change", "show") in {(e.source, e.target) for e in graph.workflow.edges}


@pytest.mark.parametrize("row", PARAMS)
def test_without_the_row_the_run_fails_naming_cell_and_variable(
    row: dict[str, Any], tmp_path: Path
) -> None:
    graph = graph_of(row, load().without(row["row"]), tmp_path / "book.ipynb")

    record = run(graph, engine=forked.installed(), output=tmp_path / "run")

    error = record.tasks["change"].error
    assert error is not None, "the old value went through"
    name = row["make"].split(" = ")[0]
    assert (error.code, error.cell, error.name) == ("hidden-mutation", "c2", name)
