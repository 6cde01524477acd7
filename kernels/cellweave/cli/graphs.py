"""The graph for people: each task in order, what it takes from whom, and why.

churn.ipynb: 3 tasks, 3 edges; parameters n = 3

read       cells c2
reads    file data.csv
fit        cells c3, c4
<- read  rows        bound at c2:1, used at c3:2
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cellweave.cli.diagnostics import styled

if TYPE_CHECKING:
    from cellweave.app.graph import Graph
    from cellweave.cli.output import Span
    from cellweave.dataflow.facts import CellEdge
    from cellweave.workflow.model import Edge

    _Edge = Edge | CellEdge

ROLE_STYLES = {"setup": "dim", "parameters": "dim", "skipped": "dim", "display": "italic bold"}


def described(graph: Graph, *, cells: bool = False, unicode: bool = True) -> Iterator[list[Span]]:
    """Give the lines of the description, diagnostics last."""
    arrow = "←" if unicode else "<-"
    yield _heading(graph, cells=cells)
    yield []
    yield from (_cells if cells else _tasks)(graph, arrow)
    if graph.diagnostics:
        yield []
        yield from styled(graph.diagnostics, graph.path)


def _heading(graph: Graph, *, cells: bool) -> list[Span]:
    nodes, edges = len(graph.workflow.tasks), len(graph.workflow.edges)
    if cells:
        nodes, edges = len(graph.cells.cells), len(graph.cell_edges())
    what = _many(nodes, "cell" if cells else "task") + ", " + _many(edges, "edge")
    line: list[Span] = [(Path(graph.path).name, "bold"), (f": {what}", "")]
    shown = ", ".join(f"{p.name} = {_short(p.source)}" for p in graph.workflow.parameters)
    if shown:
        line.append((f"; parameters {shown}", ""))
    return line


def _tasks(graph: Graph, arrow: str) -> Iterator[list[Span]]:
    into = _by_target(graph.workflow.edges)
    for task in graph.workflow.tasks:
        kind = "cell " if len(task.cells) == 1 else "cells "
        detail = f"  {kind}{', '.join(task.cells)}"
        if task.role not in ("task", ""):
            detail += f"  ({task.role})"
        yield [(task.name, ROLE_STYLES.get(task.role, "bold")), (detail, "dim")]
        if task.title != task.name:
            yield [(f"    {task.title}", "")]
        if task.together:
            yield [(f"    one task because {task.together}", "")]
        if task.parameters:
            yield [("    parameters ", ""), (", ".join(task.parameters), "cyan")]
        for external in graph.workflow.externals:
            if external.task == task.name:
                at = f"  at {external.cell}:{external.line}"
                yield [(f"    reads {external.kind} {external.name}", ""), (at, "dim")]
        for edge in into[task.name]:
            yield from _edge(edge, arrow)


def _cells(graph: Graph, arrow: str) -> Iterator[list[Span]]:
    into = _by_target(graph.cell_edges())
    for cell in graph.cells.cells:
        yield [(cell.id, ROLE_STYLES.get(cell.role, "bold")), (f"  {cell.role}", "dim")]
        if cell.opaque:
            yield [(f"    opaque: {cell.opaque}", "yellow")]
        for edge in into[cell.id]:
            yield from _edge(edge, arrow)


def _by_target(edges: Iterable[_Edge]) -> defaultdict[str, list[_Edge]]:
    found: defaultdict[str, list[_Edge]] = defaultdict(list)
    for edge in edges:
        found[edge.target].append(edge)
    return found


def _edge(edge: _Edge, arrow: str) -> Iterator[list[Span]]:
    names = ", ".join(edge.names)
    line: list[Span] = [(f"    {arrow} {edge.source}", "green")]
    if edge.kind == "order":
        line.append((" first" + (f": {names}" if names else ""), ""))
    else:
        line.append((f": {names}", ""))
    if edge.possible:
        line.append(("  possibly", "yellow"))
    yield line
    for reason in edge.reasons:
        where = f"{reason.cell}:{reason.line}, used at {reason.target_cell}:{reason.target_line}"
        yield [(f"        {reason.name} {reason.cause} at {where}", "dim")]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _short(source: str, length: int = 30) -> str:
    line = " ".join(source.split())
    return line if len(line) <= length else line[: length - 3] + "..."
