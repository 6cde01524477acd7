"""A notebook as a graph: read, analyse, compile; and the graph as the JSON that others read.

Nothing is run and nothing is written. Only what this needs is imported: the whole command
`cellweave graph` has a quarter of a second.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.errors import NotebookError, WorkflowError, exit_status
from cellweave.diagnostics.printing import to_json

if TYPE_CHECKING:
    from cellweave.convert.compile import Compiled
    from cellweave.dataflow.facts import CellEdge, CellGraph
    from cellweave.notebook.model import Notebook
    from cellweave.workflow.model import Edge, Workflow


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a notebook before it runs."""

    path: str
    notebook: Notebook
    cells: CellGraph
    compiled: Compiled
    diagnostics: tuple[Diagnostic, ...]
    """Of reading, analysis and conversion, in the order of the notebook."""

    def __repr__(self) -> str:
        """Say how large it is; the whole of it would fill pages."""
        tasks, edges = len(self.workflow.tasks), len(self.workflow.edges)
        return f"<cellweave graph of {self.path!r}: {tasks} tasks, {edges} edges>"

    @property
    def workflow(self) -> Workflow:
        """The tasks and the edges between them."""
        return self.compiled.workflow

    @property
    def status(self) -> int:
        """The exit status that the diagnostics stand for: 0, 1 or 2."""
        return exit_status(self.diagnostics)

    def require_runnable(self) -> None:
        """Raise `NotebookError` or `WorkflowError` where an error stands in the way of a run."""
        errors = [d for d in self.diagnostics if d.severity == "error"]
        if errors:
            kind = NotebookError if self.status == NotebookError.status else WorkflowError
            raise kind(errors, self.path)

    def to_json(self) -> dict[str, Any]:
        """Give the graph between tasks: the machine contract of `graph --json`."""
        return {
            "tasks": [
                {
                    "name": task.name,
                    "title": task.title,
                    "role": task.role,
                    "cells": list(task.cells),
                    "parameters": list(task.parameters),
                    "together": task.together,
                }
                for task in self.workflow.tasks
            ],
            "edges": [_edge(edge) for edge in self.workflow.edges],
            "parameters": msgspec.to_builtins(self.workflow.parameters),
            "externals": msgspec.to_builtins(self.workflow.externals),
            "diagnostics": [to_json(d) for d in self.diagnostics],
        }

    def to_cells_json(self) -> dict[str, Any]:
        """Give the same between all code cells, those of setup and parameters too."""
        titles = {cell: task.name for task in self.workflow.tasks for cell in task.cells}
        return {
            "tasks": [
                {
                    "name": cell.id,
                    "role": cell.role,
                    "cells": [cell.id],
                    "task": titles.get(cell.id),
                    "parameters": list(cell.parameters),
                }
                for cell in self.cells.cells
            ],
            "edges": [_edge(edge) for edge in self.cell_edges()],
            "diagnostics": [to_json(d) for d in self.diagnostics],
        }

    def cell_edges(self) -> tuple[CellEdge, ...]:
        """Give the edges between code cells, those from setup and parameters too, in order."""
        position = {cell.id: cell.index for cell in self.cells.cells}
        edges = [*self.cells.edges, *self.cells.setup_edges]
        edges.sort(key=lambda e: (position.get(e.target, -1), position.get(e.source, -1), e.kind))
        return tuple(edges)


def load_graph(path: str | os.PathLike[str]) -> Graph:
    """Read, analyse and compile the notebook at `path`. Raises `NotebookError`, nothing else."""
    from cellweave.notebook.reader import read

    return from_notebook(read(path))


def from_bytes(data: bytes, path: str) -> Graph:
    """Do the same with the bytes of a notebook; `path` is the name that messages use."""
    from cellweave.notebook.reader import parse

    return from_notebook(parse(data, path))


def from_notebook(notebook: Notebook) -> Graph:
    """Analyse and compile a notebook that has been read."""
    from cellweave.convert.compile import compile_workflow
    from cellweave.dataflow import analyse

    cells = analyse(notebook)
    compiled = compile_workflow(notebook, cells)
    order = {cell.id: cell.index for cell in notebook.cells}
    found = dict.fromkeys((*notebook.diagnostics, *cells.diagnostics, *compiled.diagnostics))
    return Graph(
        path=str(notebook.path),
        notebook=notebook,
        cells=cells,
        compiled=compiled,
        diagnostics=tuple(sorted(found, key=lambda d: (order.get(d.cell, -1), d.line))),
    )


def _edge(edge: Edge | CellEdge) -> dict[str, Any]:
    return {
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "names": list(edge.names),
        "possible": edge.possible,
        "reasons": [
            {
                "name": reason.name,
                "cause": reason.cause,
                "cell": reason.cell,
                "line": reason.line,
                "target_cell": reason.target_cell,
                "target_line": reason.target_line,
            }
            for reason in edge.reasons
        ],
    }
