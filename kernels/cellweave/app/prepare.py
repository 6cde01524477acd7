"""Making the task notebooks of a bundle ready for one run.

Inputs are written as Python text behind the defaults of the parameters cell, where nothing is lost
of a tuple or a date; so is the folder of the run's values. A last, hidden cell keeps what a task
made and no other task takes, so that `run["task"].value("name")` has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellweave.app.inputs import to_source
from cellweave.workflow.model import CellStep, StoreStep, Task

KEEP_ID = "cellweave-keep"


def prepare(
    notebook: Path, task: Task, *, values: Path, inputs: Mapping[str, Any], keep: bool
) -> None:
    """Rewrite the task notebook at `notebook` for a run."""
    document = json.loads(notebook.read_bytes())
    lines = [f"cellweave_io = {str(values)!r}"]
    lines += [f"{k} = {to_source(v)}" for k, v in inputs.items() if k in task.parameters]
    first = document["cells"][0]
    first["source"] = "".join(first["source"]).rstrip("\n") + "\n" + "\n".join(lines)
    names = kept_names(task) if keep else ()
    if names:
        document["cells"].append(_keep(names))
    notebook.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def kept_names(task: Task) -> tuple[str, ...]:
    """Give the variables whose last version in the task nobody else takes."""
    last: dict[str, str] = {}
    stored: set[tuple[str, str]] = set()
    for step in task.steps:
        if isinstance(step, CellStep):
            last.update(dict.fromkeys(step.writes, step.cell))
        elif isinstance(step, StoreStep):
            stored.update((name, step.cell) for name in step.names)
    return tuple(
        sorted(
            name
            for name, cell in last.items()
            if not name.startswith(("~", "_")) and (name, cell) not in stored
        )
    )


def _keep(names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": KEEP_ID,
        "metadata": {"cellweave": {"role": "store"}, "jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": f"__cellweave__.keep({list(names)!r})",
    }
