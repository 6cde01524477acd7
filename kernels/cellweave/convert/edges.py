"""Edges between tasks: those between cells, projected, and those that `after` asks for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from cellweave.convert.groups import Group
from cellweave.convert.names import Name
from cellweave.convert.slugs import label
from cellweave.dataflow import facts as dataflow
from cellweave.dataflow.facts import CellGraph
from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.rules import after_cycle, unknown_after
from cellweave.notebook.model import Cell
from cellweave.workflow.model import Edge, Kind, Reason


def project(graph: CellGraph, owner: Mapping[str, str], order: Sequence[str]) -> list[Edge]:
    """Merge the edges between cells of different tasks, data and order apart.

    An edge is possible only when all that it stands for is. Edges come by the place of their
    source and target in `order`.
    """
    merged: dict[tuple[str, str, Kind], list[dataflow.CellEdge]] = {}
    for edge in graph.edges:
        source, target = owner.get(edge.source), owner.get(edge.target)
        if source is not None and target is not None and source != target:
            merged.setdefault((source, target, edge.kind), []).append(edge)
    place = {name: index for index, name in enumerate(order)}
    return [
        Edge(
            source=source,
            target=target,
            kind=kind,
            names=tuple(sorted({name for edge in edges for name in edge.names})),
            possible=all(edge.possible for edge in edges),
            reasons=tuple(dict.fromkeys(r for edge in edges for r in edge.reasons)),
        )
        for (source, target, kind), edges in sorted(
            merged.items(), key=lambda item: (place[item[0][0]], place[item[0][1]], item[0][2])
        )
    ]


def with_after(
    edges: Sequence[Edge],
    groups: Sequence[Group],
    names: Sequence[Name],
    cells: Mapping[str, Cell],
) -> tuple[list[Edge], list[Diagnostic]]:
    """Add what `after` asks for; what names no task, or makes a cycle, is left out and said."""
    made = list(edges)
    found: list[Diagnostic] = []
    known: dict[str, str] = {name.name: name.name for name in names}
    known |= {name.title: name.name for name in names}
    last = {name.name: group.cells[-1] for group, name in zip(groups, names, strict=True)}
    for group, name in zip(groups, names, strict=True):
        for cell in (cells[identity] for identity in group.cells):
            for wanted in cell.options.after:
                source = known.get(wanted) or known.get(label(wanted))
                if source is None:
                    found.append(_unknown(cell, wanted, known))
                elif source == name.name or _leads(made, name.name, source):
                    found.append(_cycle(cell, wanted, name.name))
                else:
                    reason = Reason(
                        name=wanted,
                        cause="asked for by the option `after`",
                        cell=last[source],
                        line=1,
                        target_cell=cell.id,
                        target_line=cell.options.lines.get("after", 1),
                    )
                    _add(made, source, name.name, reason)
    return made, found


def _add(edges: list[Edge], source: str, target: str, reason: Reason) -> None:
    for index, edge in enumerate(edges):
        if (edge.source, edge.target, edge.kind) == (source, target, "order"):
            edges[index] = Edge(
                source=source,
                target=target,
                kind="order",
                names=edge.names,
                reasons=(*edge.reasons, reason),
            )
            return
    edges.append(Edge(source=source, target=target, kind="order", names=(), reasons=(reason,)))


def _leads(edges: Sequence[Edge], start: str, goal: str) -> bool:
    """Tell whether a path of edges goes from `start` to `goal`."""
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    seen = {start}
    todo = [start]
    while todo:
        for target in after.get(todo.pop(), ()):
            if target == goal:
                return True
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return False


def _unknown(cell: Cell, wanted: str, known: Mapping[str, str]) -> Diagnostic:
    near = difflib.get_close_matches(wanted, known, 1)
    return unknown_after.RULE.at(
        f"`after` names `{wanted}`, and there is no such task",
        cell=cell.id,
        line=cell.options.lines.get("after", 0),
        name=wanted,
        help=f"did you mean `{near[0]}`?" if near else "name a task of this notebook",
    )


def _cycle(cell: Cell, wanted: str, task: str) -> Diagnostic:
    return after_cycle.RULE.at(
        f"task `{task}` cannot wait for `{wanted}`, which waits for `{task}` itself",
        cell=cell.id,
        line=cell.options.lines.get("after", 0),
        name=wanted,
        help="remove the line, or the option `after` that points the other way",
    )
