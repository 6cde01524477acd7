"""The invariants of a workflow, checked whenever one is read from a file or put into a bundle.

A workflow that `convert` made keeps them all; a problem here is a bug, or a file that somebody
changed. The code of a problem is for tests and logs, not for the catalogue of diagnostics.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from cellweave.workflow.model import CellStep, LoadStep, StoreStep, Task, Workflow
from cellweave.workflow.order import tasks_in_order

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_LENGTH = 63
"""What Kubernetes allows for a label, and Flyte for the names that come from it."""


class Problem(msgspec.Struct, frozen=True):
    """An invariant that does not hold, and where."""

    code: str
    message: str


def is_label(name: str) -> bool:
    """Tell whether `name` can be a task's name."""
    return len(name) <= LABEL_LENGTH and LABEL.fullmatch(name) is not None


def problems(workflow: Workflow) -> tuple[Problem, ...]:
    """Check everything; an empty tuple means that the workflow is sound."""
    found = [*_names(workflow), *_cells(workflow), *_edges(workflow)]
    return tuple(found) if found else tuple(_values(workflow))


def _names(workflow: Workflow) -> Iterator[Problem]:
    for name, count in Counter(task.name for task in workflow.tasks).items():
        if count > 1:
            yield Problem("two-tasks-one-name", f"{count} tasks are named `{name}`")
        if not is_label(name):
            yield Problem("not-a-label", f"`{name}` is not a Kubernetes label")
    known = {parameter.name for parameter in workflow.parameters}
    for task in workflow.tasks:
        for name in task.parameters:
            if name not in known:
                yield Problem("unknown-parameter", f"`{task.name}` reads parameter `{name}`")


def _cells(workflow: Workflow) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for task in workflow.tasks:
        if not task.cells:
            yield Problem("empty-task", f"`{task.name}` has no cells")
        run = tuple(step.cell for step in task.steps if isinstance(step, CellStep))
        if run != task.cells:
            yield Problem("steps-differ", f"`{task.name}` runs other cells than its own")
        for cell in task.cells:
            if cell in owner:
                yield Problem(
                    "cell-in-two-tasks", f"`{cell}` is in `{owner[cell]}` and `{task.name}`"
                )
            owner[cell] = task.name


def _edges(workflow: Workflow) -> Iterator[Problem]:
    names = {task.name for task in workflow.tasks}
    sound = True
    for edge in workflow.edges:
        for end in (edge.source, edge.target):
            if end not in names:
                sound = False
                yield Problem("edge-to-nowhere", f"an edge names the task `{end}`")
        if edge.source == edge.target:
            yield Problem("edge-to-itself", f"`{edge.source}` waits for itself")
    for external in workflow.externals:
        if external.task and external.task not in names:
            yield Problem("external-of-nobody", f"`{external.name}` is read by `{external.task}`")
    if sound and len(tasks_in_order(workflow)) < len(names):
        yield Problem("cycle", "tasks wait for each other")


def _values(workflow: Workflow) -> Iterator[Problem]:
    stored = {
        (name, task.name, step.cell)
        for task in workflow.tasks
        for step in task.steps
        if isinstance(step, StoreStep)
        for name in step.names
    }
    # An edge of files alone is an order edge, and yet brings a `~file:` name.
    edges = {(edge.source, edge.target, name) for edge in workflow.edges for name in edge.names}
    for task in workflow.tasks:
        yield from _store_places(task)
        for step in task.steps:
            if not isinstance(step, LoadStep):
                continue
            for ref in step.refs:
                if (ref.name, ref.task, ref.cell) not in stored:
                    yield Problem(
                        "never-stored", f"`{task.name}` loads `{ref.name}` of `{ref.task}`"
                    )
                if (ref.task, task.name, ref.name) not in edges:
                    yield Problem("no-edge", f"`{task.name}` loads `{ref.name}` without an edge")


def _store_places(task: Task) -> Iterator[Problem]:
    last = ""
    for step in task.steps:
        if isinstance(step, StoreStep) and step.cell != last:
            yield Problem("store-misplaced", f"`{task.name}` stores away from `{step.cell}`")
        last = step.cell if isinstance(step, CellStep) else ""
