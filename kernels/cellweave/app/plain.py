"""A plain run: the notebook top to bottom in one process, which is what a workflow must equal.

It goes through the same executor as a task, as one task with every cell in it, so that the two runs
differ in the split alone. `skip` cells are left out, and `when` is asked just before its cell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cellweave.app.launcher import Job, Launcher, Outcome
from cellweave.workflow.model import CellStep, Task

if TYPE_CHECKING:
    from cellweave.app.graph import Graph
    from cellweave.app.interrupts import Interrupts

NAME = "plain"
_POLL_S = 0.2


class PlainRun(msgspec.Struct, frozen=True, kw_only=True):
    """How a plain run ended; no outcome means that it was interrupted."""

    outcome: Outcome | None
    executed: Path


def run_plainly(
    graph: Graph,
    folder: Path,
    *,
    launcher: Launcher,
    env: Mapping[str, str],
    interrupts: Interrupts,
) -> PlainRun:
    """Run the notebook of `graph` plainly, in the new folder `folder`."""
    from cellweave.convert.bundle import runtime_archive
    from cellweave.convert.task_notebook import Places, task_notebook, to_bytes

    folder.mkdir(parents=True)
    runtime = folder / "runtime.pyz"
    runtime.write_bytes(runtime_archive())
    workdir = Path(graph.path).absolute().parent
    places = Places(io=folder / "values", runtime=runtime, workdir=workdir)
    notebook = folder / "notebook.ipynb"
    notebook.write_bytes(to_bytes(task_notebook(_as_task(graph), graph.notebook, places)))
    job = Job(
        task=NAME,
        notebook=notebook,
        executed=folder / "executed.ipynb",
        journal=folder / "journal.jsonl",
        log=folder / "log",
        workdir=workdir,
        values=places.io,
        env=env,
    )
    running = launcher.start(job)
    outcome: Outcome | None = None
    try:
        while outcome is None and not interrupts.seen:
            outcome = running.wait(_POLL_S)
    finally:
        if outcome is None:
            running.stop()
    return PlainRun(outcome=outcome, executed=job.executed)


def _as_task(graph: Graph) -> Task:
    """Make one task of all cells that run."""
    skipped = {cell.id for cell in graph.cells.cells if cell.role == "skipped"}
    cells = [cell for cell in graph.notebook.code_cells if cell.id not in skipped]
    return Task(
        name=NAME,
        title=NAME,
        cells=tuple(cell.id for cell in cells),
        role="task",
        steps=tuple(
            CellStep(cell=cell.id, source=cell.source, when=cell.options.when) for cell in cells
        ),
        parameters=tuple(parameter.name for parameter in graph.notebook.parameters),
    )


def outputs_of(executed: Path) -> dict[str, list[dict[str, object]]]:
    """Give the outputs of the user's cells of an executed notebook, by cell."""
    try:
        document = json.loads(executed.read_bytes())
    except (OSError, ValueError):
        return {}
    return {
        cell["id"]: cell.get("outputs", [])
        for cell in document.get("cells", ())
        if cell.get("metadata", {}).get("cellweave", {}).get("role") == "cell"
    }
