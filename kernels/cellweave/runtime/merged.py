"""The user's own notebook with what its cells gave, put together from executed task notebooks.

Cells, order, markdown and ids are the user's; outputs are the tasks'. Execution counts are those of
a run from top to bottom. Only this copy is marked: each code cell has `metadata.cellweave` with its
`task` and `status`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_FINISHED = frozenset({"succeeded", "failed"})


def merge(
    notebook: dict[str, Any],
    executed: Mapping[str, dict[str, Any]],
    statuses: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Merge executed task notebooks, by task, into a copy of the user's notebook.

    `statuses` are those of the tasks; a cell of a task that did not run, or stopped before the
    cell, is `skipped`. A code cell of no task, such as setup, succeeded with its users.
    """
    merged: dict[str, Any] = json.loads(json.dumps(notebook))
    ran = _ran_cells(executed)
    count = 0
    renumbered: dict[tuple[str, int], int] = {}
    placed: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    for cell in merged["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["outputs"], cell["execution_count"] = [], None
        task, source = ran.get(cell.get("id", ""), ("", None))
        status = _status(source, (statuses or {}).get(task, ""))
        mark = cell.setdefault("metadata", {}).setdefault("cellweave", {})
        mark.update(task=task, status=status)
        if status not in _FINISHED or not _text(cell).strip():
            continue
        count += 1
        cell["execution_count"] = count
        if source is not None:
            if source.get("execution_count"):
                renumbered[task, source["execution_count"]] = count
            placed.append((task, cell, source))
    for task, cell, source in placed:
        cell["outputs"] = [_output(output, task, cell, renumbered) for output in source["outputs"]]
    return merged


def _ran_cells(
    executed: Mapping[str, dict[str, Any]],
) -> dict[str, tuple[str, dict[str, Any] | None]]:
    found: dict[str, tuple[str, dict[str, Any] | None]] = {}
    for task, notebook in executed.items():
        for cell in notebook["cells"]:
            role = cell.get("metadata", {}).get("cellweave", {}).get("role", "cell")
            if cell["cell_type"] == "code" and role == "cell":
                found[cell.get("id", "")] = (task, cell)
    return found


def _status(cell: dict[str, Any] | None, task_status: str) -> str:
    if cell is None:
        return "succeeded" if not task_status else "skipped"
    known = cell.get("metadata", {}).get("cellweave", {}).get("status")
    if known in {"succeeded", "failed", "skipped"}:
        return str(known)
    if any(output["output_type"] == "error" for output in cell["outputs"]):
        return "failed"
    return "succeeded" if cell.get("execution_count") else "skipped"


def _output(
    output: dict[str, Any],
    task: str,
    cell: dict[str, Any],
    renumbered: Mapping[tuple[str, int], int],
) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(output))
    if made["output_type"] == "execute_result":
        made["execution_count"] = cell["execution_count"]
    elif made["output_type"] == "error":

        def prompt(found: re.Match[str]) -> str:
            number = int(found.group(1))
            return f"In[{renumbered.get((task, number), number)}]"

        made["traceback"] = [re.sub(r"In\[(\d+)\]", prompt, line) for line in made["traceback"]]
    return made


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
