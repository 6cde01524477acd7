"""Reading the values that a run left, in the process of whoever asks.

Unpickling runs code, so this is for runs of the same user. What the notebook itself defined
(functions, classes) comes back by value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cellweave.app.failures import no_such_value
from cellweave.diagnostics.catalogue import rule
from cellweave.diagnostics.errors import RunError
from cellweave.runtime import values
from cellweave.runtime.errors import RuntimeFailure
from cellweave.runtime.results import RESULTS
from cellweave.workflow.canonical import from_bytes
from cellweave.workflow.model import Task


def stored_value(folder: Path, task: str, name: str) -> Any:
    """Give the value of `name` as `task` of the run in `folder` left it."""
    io = folder / "values"
    places = _places(_task(folder, task))
    for cell in places:
        index = values.read_index(io, task, cell)
        if index is None or name not in index["names"]:
            continue
        try:
            return values.read_value(io, task, cell, name)
        except RuntimeFailure as failure:
            raise _readable(failure) from failure
        except NameError:
            break
    raise no_such_value(task, name, stored_names(folder, task))


def stored_names(folder: Path, task: str) -> tuple[str, ...]:
    """Give the variables that can be asked of a task, without channels and files."""
    found: dict[str, None] = {}
    for cell in reversed(_places(_task(folder, task))):
        index = values.read_index(folder / "values", task, cell)
        for name, entry in (index or {"names": {}})["names"].items():
            if not name.startswith("~") and not entry.get("undefined"):
                found[name] = None
    return tuple(sorted(found))


def _task(folder: Path, name: str) -> Task:
    workflow = from_bytes((folder / "bundle" / "workflow.json").read_bytes())
    return next(task for task in workflow.tasks if task.name == name)


def _places(task: Task) -> list[str]:
    """Give where a task stores, the newest version of a name first."""
    return [RESULTS, *reversed(task.cells)]


def _readable(failure: RuntimeFailure) -> RunError:
    found = rule(failure.code).at(
        failure.message,
        cell=failure.cell,
        line=failure.line,
        name=failure.name,
        help=failure.help,
    )
    return RunError(found)
