"""From the options of cells to those of their task: which belong to a task, and who wins.

The first cell of a task that gives an option wins; another value further down is ignored, and said
to be. Names that a task merely collects (packages, files, secrets, variables) are collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.rules import ignored_option
from cellweave.notebook.model import Cell
from cellweave.notebook.options import FIELDS, CellOptions
from cellweave.notebook.settings import Settings
from cellweave.workflow.model import Resources

RESOURCES = ("cpu", "memory", "gpu")
COLLECTED = ("env", "secrets", "packages", "files")
SINGLE = (
    "image",
    "retries",
    "timeout",
    "cache",
    "engine",
    "interruptible",
    "pod-template",
    "flyte-task",
    "description",
)
TASK_KEYS = frozenset((*RESOURCES, *COLLECTED, *SINGLE))
"""Options that hold for a task as a whole; the others concern their cell alone."""
PLACED = TASK_KEYS - {"description", "files"} | {"after"}
"""Those among them (and `after`) that a neighbouring cell may not want: they bound a task."""
TASK_ONLY = TASK_KEYS | {"task", "after", "map", "when"}
"""Options without effect in a cell that is part of no task."""


def resource_key(options: CellOptions) -> str:
    """Give equal text for cells that ask for the same; empty for those that ask for nothing."""
    asked = {key: value(options, key) for key in sorted(options.set) if key in PLACED}
    return msgspec.json.encode(asked).decode() if asked else ""


def value(options: CellOptions, key: str) -> Any:
    """Give the value of an option by its key, spelled as in the notebook."""
    return getattr(options, FIELDS[key].name)


def changes(options: CellOptions, above: Iterable[CellOptions]) -> bool:
    """Tell whether a cell asks for something else than the cells of the task above it."""
    stated: dict[str, Any] = {}
    for other in above:
        for key in other.set:
            stated.setdefault(key, value(other, key))
    return any(
        key not in stated or stated[key] != value(options, key)
        for key in options.set
        if key in PLACED
    )


def of_task(
    cells: Sequence[Cell], settings: Settings
) -> tuple[Resources, dict[str, Any], list[Diagnostic]]:
    """Give resources and other options of a task, and what had to be ignored."""
    given: dict[str, Any] = {}
    found: list[Diagnostic] = []
    for cell in cells:
        for key in cell.options.set:
            if key not in TASK_KEYS:
                continue
            new = value(cell.options, key)
            if key == "env":
                new = {**new, **given.get(key, {})}
            elif key in COLLECTED:
                new = tuple(dict.fromkeys((*given.get(key, ()), *new)))
            elif key in given and given[key] != new:
                found.append(_ignored(cell, key, given[key]))
                continue
            given[key] = new
    defaults = settings.resources
    resources = Resources(
        cpu=given.pop("cpu", "") or defaults.cpu,
        memory=given.pop("memory", "") or defaults.memory,
        gpu=given.pop("gpu", "") or defaults.gpu,
    )
    if settings.image:
        given.setdefault("image", settings.image)
    if settings.env:
        given["env"] = {**settings.env, **given.get("env", {})}
    return resources, {key: given[key] for key in sorted(given)}, found


def _ignored(cell: Cell, key: str, kept: Any) -> Diagnostic:
    return ignored_option.RULE.at(
        f"the task already has `{key}: {kept}` from a cell above; this one has no effect",
        cell=cell.id,
        line=cell.options.lines.get(key, 0),
        name=key,
        help="remove the line, or give the cell a task of its own with `task`",
    )


def without_task(cell: Cell, role: str) -> list[Diagnostic]:
    """Say which options have no effect because the cell is part of no task."""
    return [
        ignored_option.RULE.at(
            f"`{key}` has no effect in a {role} cell, which is part of no task",
            cell=cell.id,
            line=cell.options.lines.get(key, 0),
            name=key,
            help="remove the line, or name a task with `task`" if key != "task" else "",
        )
        for key in cell.options.set
        if key in TASK_ONLY
    ]
