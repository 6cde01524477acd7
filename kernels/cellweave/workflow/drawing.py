"""What the graph languages draw: nodes and edges with labels, and nothing else of a workflow.

`dot.py` and `mermaid.py` turn a drawing into text. Tasks and the cells of a notebook are drawn by
the same code, since both come down to this.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from cellweave.workflow.model import Kind, Reason, Workflow

Shape = Literal["task", "display", "external", "setup"]
MOST_NAMES = 4
"""Longer labels make graphs that nobody can read; the rest is in the tooltip."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is unique in the drawing; `label` may be any text."""

    id: str
    label: str
    shape: Shape = "task"
    tooltip: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An edge; `possible` ones are dashed, `order` ones dotted."""

    source: str
    target: str
    names: tuple[str, ...] = ()
    kind: Literal["data", "order"] = "data"
    possible: bool = False
    tooltip: str = ""

    @property
    def label(self) -> str:
        """The names that fit, and how many more there are."""
        shown = ", ".join(self.names[:MOST_NAMES])
        more = len(self.names) - MOST_NAMES
        return f"{shown} +{more}" if more > 0 else shown


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A whole picture; nodes and lines in the order they are written."""

    name: str
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


class Explained(Protocol):
    """An edge with its reasons: between tasks, or between cells."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def possible(self) -> bool: ...
    @property
    def reasons(self) -> tuple[Reason, ...]: ...


def line_of(edge: Explained) -> Line:
    """How an edge is drawn; its reasons are the tooltip."""
    return Line(
        source=edge.source,
        target=edge.target,
        names=edge.names,
        kind=edge.kind,
        possible=edge.possible,
        tooltip="; ".join(f"{r.name} {r.cause}" for r in edge.reasons),
    )


def of_workflow(workflow: Workflow) -> Drawing:
    """Draw tasks, their edges, and what they read from outside the notebook."""
    nodes = [
        Node(
            id=task.name,
            label=task.title if task.title != task.name else task.name,
            shape="display" if task.role == "display" else "task",
            tooltip=f"{task.name}: {len(task.cells)} cell" + "s" * (len(task.cells) != 1),
        )
        for task in workflow.tasks
    ]
    lines = [line_of(edge) for edge in workflow.edges]
    sources: dict[tuple[str, str], str] = {}
    readers: set[tuple[str, str]] = set()
    for external in workflow.externals:
        key = (external.kind, external.name)
        if key not in sources:
            # A space cannot occur in a task's name, so these ids never meet one.
            sources[key] = f"external {len(sources) + 1}"
            nodes.append(
                Node(
                    id=sources[key],
                    label=external.name,
                    shape="external",
                    tooltip=external.kind,
                )
            )
        if (sources[key], external.task) not in readers:
            readers.add((sources[key], external.task))
            lines.append(Line(source=sources[key], target=external.task))
    return Drawing(name=workflow.name, nodes=tuple(nodes), lines=tuple(lines))
