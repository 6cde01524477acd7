"""Stock papermill, in an environment that has ipykernel and papermill and nothing of cellweave.

`make path` makes that environment and names its interpreter in `CELLWEAVE_STOCK_PYTHON`.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("cellweave")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def python() -> Path:
    """Give the stock interpreter; skip the test where nobody made it."""
    path = os.environ.get("CELLWEAVE_STOCK_PYTHON")
    if not path:
        pytest.skip("the stock environment is made by `make path`")
    return Path(path)


def environment(home: Path) -> dict[str, str]:
    """Give an environment in which nothing of the caller's Python can be found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CELLWEAVE"))}
    return kept | {"HOME": str(home), "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"}


def papermill(
    notebook: Path, executed: Path, *, cwd: Path, parameters: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one notebook as anybody would; the caller looks at the exit status."""
    command = [str(python()), "-m", "papermill", str(notebook), str(executed)]
    command += ["-k", "python3", "--no-progress-bar"]
    for name, value in (parameters or {}).items():
        command += ["-p", name, value]
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(cwd),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def build(notebook: Path, bundle: Path) -> dict[str, Any]:
    """Build the bundle with the command line of cellweave; give its workflow."""
    subprocess.run(
        [COMMAND, "build", str(notebook), "-o", str(bundle)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    workflow: dict[str, Any] = json.loads((bundle / "workflow.json").read_text(encoding="utf-8"))
    return workflow


def in_order(workflow: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the tasks so that each comes after those it needs."""
    needs = {task["name"]: set() for task in workflow["tasks"]}
    for edge in workflow["edges"]:
        needs[edge["to"]].add(edge["from"])
    ordered: list[dict[str, Any]] = []
    waiting = list(workflow["tasks"])
    while waiting:
        done = {task["name"] for task in ordered}
        ready = next(task for task in waiting if needs[task["name"]] <= done)
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def outputs(notebook: Path) -> dict[str, list[Any]]:
    """Give what each code cell showed, by cell id; execution counts are no part of it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: _shown(cell["outputs"]) for cell in cells if cell["cell_type"] == "code"}


def _shown(given: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Give outputs as text; neighbours of one stream are one, as front ends show them."""
    shown: list[Any] = []
    for output in given:
        if output["output_type"] == "stream":
            name, text = output["name"], "".join(output["text"])
            if shown and shown[-1][0] == name:
                text = shown.pop()[1] + text
            shown.append((name, text))
        else:
            data = output.get("data", {}).get("text/plain", "")
            shown.append((output["output_type"], ADDRESS.sub("0x…", "".join(data))))
    return shown


def probes(workflow: Mapping[str, Any]) -> dict[str, tuple[list[str], list[str]]]:
    """Give for each cell the names to look at before it (loaded) and after it (written)."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for task in workflow["tasks"]:
        loaded: list[str] = []
        for step in task["steps"]:
            if step["step"] == "load":
                loaded += [r["name"] for r in step["refs"] if not r["name"].startswith("~")]
            elif step["step"] == "cell":
                written = [name for name in step.get("writes", ()) if not name.startswith("~")]
                found[step["cell"]] = (sorted(set(loaded)), sorted(written))
                loaded = []
    return found


def with_probes(
    notebook: Path, target: Path, names: Mapping[str, tuple[list[str], list[str]]]
) -> Path:
    """Write a copy of a notebook with a cell before and after each of the user's, showing names."""
    raw = json.loads(notebook.read_text(encoding="utf-8"))
    cells = []
    for cell in raw["cells"]:
        if cell["cell_type"] != "code" or cell["id"] not in names:
            cells.append(cell)
            continue
        before, after = names[cell["id"]]
        cells += [_probe(cell, "before", before), cell, _probe(cell, "after", after)]
    target.write_text(json.dumps(raw | {"cells": cells}), encoding="utf-8")
    return target


def _probe(cell: Mapping[str, Any], when: str, names: list[str]) -> dict[str, Any]:
    probe = copy.deepcopy(dict(cell))
    shown = ", ".join(f"{name!r}: globals().get({name!r}, 'absent')" for name in names)
    source = f"print({{{shown}}})"
    return probe | {"id": f"{cell['id']}-{when}", "metadata": {}, "outputs": [], "source": source}
