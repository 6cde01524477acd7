"""The merged notebook: the user's own notebook, as if it had run top to bottom.

Their cells, order, markdown and ids; the outputs of the tasks; execution counts as one run would
have given. Cells whose task failed or did not run are marked in `metadata.cellweave` and by a tag,
so that they can be found in JupyterLab. It is written into the run's folder, never over the user's
notebook.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellweave._base.files import write_atomic
from cellweave.app.record import GOOD

if TYPE_CHECKING:
    from cellweave.app.graph import Graph
    from cellweave.app.record import Record


def write_merged(graph: Graph, record: Record, path: Path) -> bool:
    """Write the merged notebook of a run to `path`; False when no task left anything to merge."""
    if not any(task.notebook for task in record.tasks.values()):
        return False
    data = json.dumps(merged(graph, record), indent=1, ensure_ascii=False) + "\n"
    write_atomic(path, data.encode("utf-8", "replace"))
    return True


def merged(graph: Graph, record: Record) -> dict[str, Any]:
    """Make the merged notebook from the executed task notebooks of a run."""
    notebook = copy.deepcopy(graph.notebook.raw)
    notebook.setdefault("metadata", {})["cellweave_run"] = {
        "run": record.run,
        "status": record.status,
        "parameters": record.inputs,
    }
    owner = {cell: task.name for task in graph.workflow.tasks for cell in task.cells}
    roles = {cell.id: cell.role for cell in graph.cells.cells}
    executed = dict(_executed_cells(record))
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        task = owner.get(cell["id"])
        done = executed.get(cell["id"])
        ran = done is not None and done.get("execution_count") is not None
        if ran or (task is None and roles.get(cell["id"]) in ("setup", "parameters")):
            count += 1
            cell["execution_count"] = count
        if done is not None:
            cell["outputs"] = [_counted(o, cell["execution_count"]) for o in done["outputs"]]
        if task is not None:
            _mark(cell, task, record, ran=ran)
    return notebook


def _executed_cells(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    for task in record.tasks.values():
        if task.notebook is None:
            continue
        try:
            content = json.loads(Path(task.notebook).read_bytes())
        except (OSError, ValueError):
            continue
        for cell in content.get("cells", ()):
            if cell.get("metadata", {}).get("cellweave", {}).get("role") == "cell":
                yield cell["id"], cell


def _mark(cell: dict[str, Any], task: str, record: Record, *, ran: bool) -> None:
    run = record.tasks[task]
    status = run.status
    if run.status not in GOOD and run.error is not None:
        # The cells before the one that failed did their work.
        status = "failed" if run.error.cell == cell["id"] else "succeeded" if ran else "skipped"
    metadata = cell.setdefault("metadata", {})
    given = metadata.get("cellweave")
    own = given if isinstance(given, dict) else {}
    metadata["cellweave"] = {**own, "task": task, "status": status}
    if status not in GOOD:
        metadata["tags"] = [*metadata.get("tags", ()), f"cellweave-{status}"]


def _counted(output: dict[str, Any], count: int | None) -> dict[str, Any]:
    if "execution_count" in output:
        return {**output, "execution_count": count}
    return output
