"""Notebooks as dicts of cell sources, and their graphs as text that a test can hold.

`#| key: value` lines at the top of a source are the cell's options, as in a notebook; a cell whose
id is `parameters` is the parameters cell.
"""

from __future__ import annotations

from cellweave.dataflow import Analysis, SourceCell
from cellweave.dataflow.facts import CellFacts, CellGraph
from cellweave.notebook import options

Cells = dict[str, str]


def source_cell(cell: str, source: str) -> SourceCell:
    """Make one code cell, with the options that its source gives."""
    found, _ = options.parse(cell, source)
    return SourceCell(cell, source, found, parameters=cell == "parameters")


def analysis(cells: Cells, *, mutations: bool = True, folder: str = "") -> Analysis:
    """Analyse cells, in the order of the dict."""
    made = [source_cell(id, source) for id, source in cells.items()]
    return Analysis(made, mutations=mutations, folder=folder)


def graph(cells: Cells, *, mutations: bool = True, folder: str = "") -> CellGraph:
    """Give the graph of cells."""
    return analysis(cells, mutations=mutations, folder=folder).graph()


def facts(cells: Cells, cell: str) -> CellFacts:
    """Give what the graph says of one cell."""
    return next(f for f in graph(cells).cells if f.id == cell)


def arrows(found: CellGraph) -> list[str]:
    """Each edge in one line: `a -> b: x y`, `=>` where it is an order, `?` where it is possible."""
    return [
        f"{e.source} {'->' if e.kind == 'data' else '=>'} {e.target}: {' '.join(e.names)}"
        + (" ?" if e.possible else "")
        for e in found.edges
    ]


def reasons(found: CellGraph) -> list[str]:
    """Each reason in one line: `x: bound a:1 -> b:2`."""
    return [
        f"{r.name}: {r.cause} {r.cell}:{r.line} -> {r.target_cell}:{r.target_line}"
        for e in found.edges
        for r in e.reasons
    ]


def roles(found: CellGraph) -> str:
    """Give the role of each cell: `a=setup b=task`."""
    return " ".join(f"{f.id}={f.role}" for f in found.cells)


def findings(found: CellGraph) -> list[str]:
    """Each diagnostic in one line: `b:2 error undefined-name x`."""
    return [f"{d.cell}:{d.line} {d.severity} {d.code} {d.name}".rstrip() for d in found.diagnostics]


def items(found: CellGraph) -> list[str]:
    """Each setup item in one line: `a:1 import np`."""
    return [f"{i.id} {i.kind} {' '.join(i.binds)}".rstrip() for i in found.items]
