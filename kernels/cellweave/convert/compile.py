"""From a notebook and the graph of its cells to a workflow: split, name, plan, connect."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

import msgspec

from cellweave.convert import edges as task_edges
from cellweave.convert import options
from cellweave.convert.groups import Group
from cellweave.convert.names import Name, names
from cellweave.convert.outline import sections
from cellweave.convert.plan import Planner
from cellweave.convert.slugs import slug
from cellweave.convert.split import split
from cellweave.dataflow.effects.tables import load
from cellweave.dataflow.facts import CellGraph
from cellweave.diagnostics.core import Diagnostic
from cellweave.notebook.model import Cell, Notebook
from cellweave.workflow.model import Edge, External, Parameter, Task, Workflow
from cellweave.workflow.order import topological

UNNAMED = "workflow"
NOT_NAME = re.compile(r"[\x00-\x1f\x7f]+")


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow, and all that was found on the way: while reading, analysing and converting."""

    workflow: Workflow
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Those that keep the workflow from running."""
        return tuple(d for d in self.diagnostics if d.severity == "error")


def compile_workflow(
    notebook: Notebook, cell_graph: CellGraph, *, tables: str | None = None
) -> Compiled:
    """Make the workflow of `notebook`; never raises because of what the notebook says.

    With errors among the diagnostics the workflow is good to look at, and not to run. `tables` is
    the digest of the purity tables that the analysis used; by default that of cellweave's own.
    """
    cells = {cell.id: cell for cell in notebook.code_cells}
    facts = {item.id: item for item in cell_graph.cells}
    made = split(notebook, cell_graph)
    outline = sections((c.id, c.kind, c.source) for c in notebook.cells)
    named, said = names(made.groups, cells, facts, outline)
    found = [*notebook.diagnostics, *cell_graph.diagnostics, *made.diagnostics, *said]

    owner = {
        cell: name.name
        for group, name in zip(made.groups, named, strict=True)
        for cell in group.cells
    }
    for item in cell_graph.cells:
        if item.id not in owner and item.role != "skipped":
            found += options.without_task(cells[item.id], item.role)
    notebook_order = [name.name for name in named]
    edges = task_edges.project(cell_graph, owner, notebook_order)
    edges, said = task_edges.with_after(edges, made.groups, named, cells)
    found += said

    planner = Planner(cell_graph, cells, owner)
    parameters = tuple(parameter.name for parameter in notebook.parameters)
    tasks = {}
    for group, name in zip(made.groups, named, strict=True):
        tasks[name.name], said = _task(notebook, planner, group, name, parameters)
        found += said
    workflow = Workflow(
        name=_workflow_name(notebook),
        tasks=tuple(tasks[name] for name in _order(notebook_order, edges)),
        edges=tuple(edges),
        parameters=tuple(
            Parameter(
                name=p.name, source=p.source, type=p.type, required=not p.literal, line=p.line
            )
            for p in notebook.parameters
        ),
        externals=tuple(
            External(kind=e.kind, name=e.name, cell=e.cell, line=e.line, task=owner.get(e.cell, ""))
            for e in cell_graph.externals
        ),
        settings=_plain(notebook.settings),
        tables=load().digest if tables is None else tables,
    )
    return Compiled(workflow=workflow, diagnostics=tuple(dict.fromkeys(found)))


def _task(
    notebook: Notebook, planner: Planner, group: Group, name: Name, parameters: tuple[str, ...]
) -> tuple[Task, list[Diagnostic]]:
    members: list[Cell] = [planner.cells[cell] for cell in group.cells]
    resources, other, said = options.of_task(members, notebook.settings)
    plan = planner.plan(name.name, group.cells)
    roles = {planner.facts[cell].role for cell in group.cells}
    own = notebook.parameters_cell
    literal = {parameter.name for parameter in notebook.parameters if parameter.literal}
    # The parameters cell is a task where a default has to be evaluated: it runs with all of them.
    whole = own is not None and own.id in group.cells
    wanted = set(parameters) if whole else plan.parameters & literal
    task = Task(
        name=name.name,
        title=name.title,
        cells=group.cells,
        role=roles.pop() if len(roles) == 1 else "task",
        steps=plan.steps,
        parameters=tuple(p for p in parameters if p in wanted),
        channels=plan.channels,
        together="; ".join(group.together),
        resources=resources,
        options=_plain(other),
    )
    return task, said


def _plain(value: Any) -> Any:
    """Give `value` as JSON has it, so that reading `workflow.json` gives the same workflow."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _order(notebook_order: list[str], edges: list[Edge]) -> tuple[str, ...]:
    """Sort tasks topologically; those of a cycle, which is an error, follow as they stand."""
    done = topological(notebook_order, [(edge.source, edge.target) for edge in edges])
    sorted_ = set(done)
    return (*done, *(name for name in notebook_order if name not in sorted_))


def _workflow_name(notebook: Notebook) -> str:
    given = notebook.settings.name or PurePath(notebook.path).stem
    return NOT_NAME.sub(" ", given).strip() or slug(given) or UNNAMED
